import { useQuery } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useApp } from '../../app-services.ts'
import { useStanding } from '../../session/use-session.ts'
import { InfrastructureProvider, openInfrastructure } from '../infrastructure.ts'
import { createInfrastructureRouter } from '../router.tsx'
import { askTier, ClusterToken, type Pass, rootPass, type Tier } from './access.ts'
import { ClusterEntry, RootEntry } from './entry.tsx'
import { Nobody } from './nobody.tsx'

const AGAIN_MS = 2_000

/** Finds out whose page this is, lets people in, and shows it. */
export function Door() {
  const tier = useQuery({ queryKey: ['tier'], queryFn: ({ signal }) => askTier(signal), retry: true, retryDelay: AGAIN_MS })
  if (tier.data === undefined) return tier.failureCount > 0 ? <Nobody /> : null
  return tier.data.kind === 'root' ? <AtRoot tier={tier.data} /> : <AtCluster tier={tier.data} />
}

function AtRoot({ tier }: { readonly tier: Tier }) {
  const { session } = useApp()
  const standing = useStanding()
  const pass = useMemo(() => rootPass(session), [session])
  if (standing.kind === 'out') return <RootEntry expired={standing.expired} />
  return <Inside tier={tier} pass={pass} who={standing.claims.userName} />
}

function AtCluster({ tier }: { readonly tier: Tier & { readonly kind: 'cluster' } }) {
  const [pass] = useState(() => new ClusterToken())
  const token = useSyncExternalStore(
    (changed) => pass.subscribe(changed),
    () => pass.current(),
  )
  if (token === undefined) return <ClusterEntry name={tier.name} enter={(given) => pass.enter(given)} />
  return <Inside tier={tier} pass={pass} who={tier.name} />
}

function Inside({ tier, pass, who }: { readonly tier: Tier; readonly pass: Pass; readonly who: string }) {
  const { clock } = useApp()
  const infrastructure = useMemo(() => openInfrastructure({ clock, tier, pass, who }), [clock, tier, pass, who])
  const router = useMemo(() => createInfrastructureRouter(), [])
  useEffect(() => {
    infrastructure.pulse.start()
    return () => infrastructure.pulse.stop()
  }, [infrastructure])
  return (
    <InfrastructureProvider value={infrastructure}>
      {/* The router of the main page is the one that the library knows by its type. */}
      <RouterProvider router={router as never} />
    </InfrastructureProvider>
  )
}
