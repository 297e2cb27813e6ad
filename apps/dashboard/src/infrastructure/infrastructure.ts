import type { Clock } from '@oakestra/base'
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Pass, Tier } from './access/access.ts'
import { InfrastructureApi } from './access/infrastructure-api.ts'
import { type Beat, Pulse } from './pulse/pulse.ts'

/** What the pages of somebody who was let in are made of. */
export interface Infrastructure {
  readonly tier: Tier
  readonly api: InfrastructureApi
  readonly pulse: Pulse
  readonly pass: Pass
  /** The name of whoever is in, or of the cluster. */
  readonly who: string
}

interface Parts extends Pick<Infrastructure, 'tier' | 'pass' | 'who'> {
  readonly clock: Clock
}

export function openInfrastructure({ clock, ...parts }: Parts): Infrastructure {
  const api = new InfrastructureApi(parts.pass)
  const pulse = new Pulse({ clock, open: (signal, heard) => api.events('/stream', {}, signal, heard) })
  return { ...parts, api, pulse }
}

const Context = createContext<Infrastructure | undefined>(undefined)
export const InfrastructureProvider = Context.Provider

export function useInfrastructure(): Infrastructure {
  const infrastructure = useContext(Context)
  if (!infrastructure) throw new Error('used by somebody who was not let in')
  return infrastructure
}

/** Numbers and alerts as they are now. */
export function useBeat(): Beat {
  const { pulse } = useInfrastructure()
  return useSyncExternalStore(
    (changed) => pulse.subscribe(changed),
    () => pulse.beat(),
  )
}
