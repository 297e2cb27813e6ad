import { useQuery } from '@tanstack/react-query'
import { useMemo, useSyncExternalStore } from 'react'
import { useApp } from '../../app-services.ts'
import type { FiringAlerts } from '../../live/alert-store.ts'
import { useMe } from '../../session/use-session.ts'
import { rootPass } from '../access/access.ts'
import { InfrastructureApi } from '../access/infrastructure-api.ts'
import type { Status } from '../types.ts'

/** What is firing; undefined when it is not known. It comes with the page's stream of events. */
export function useFiring(): FiringAlerts | undefined {
  const { alerts } = useApp()
  return useSyncExternalStore(
    (changed) => alerts.subscribe(changed),
    () => alerts.current(),
  )
}

/** Upstream's, and ours unless it is taken. */
const USUAL_PORT = 3000

/** Where the page of the control plane is: at the name this page was reached by, at the port that root says. */
export function useInfrastructureAddress(): string {
  const { session } = useApp()
  const { rights } = useMe()
  const api = useMemo(() => new InfrastructureApi(rootPass(session)), [session])
  const status = useQuery({
    queryKey: ['infrastructure-port'],
    queryFn: async ({ signal }) => (await api.get<Status>('/status', {}, signal)).infrastructurePort ?? USUAL_PORT,
    enabled: rights.manageInfrastructure,
    retry: false,
  })
  return `http://${window.location.hostname}:${status.data ?? USUAL_PORT}/`
}
