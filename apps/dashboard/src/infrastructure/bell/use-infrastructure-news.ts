import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useApp } from '../../app-services.ts'
import { useMe } from '../../session/use-session.ts'
import { rootPass } from '../access/access.ts'
import { InfrastructureApi } from '../access/infrastructure-api.ts'
import type { Alert, Status } from '../types.ts'

/**
 * Alerts are no events of root's store, and one more stream for each tab would soon use up the connections that a browser
 * opens to one address: a small question, asked while somebody looks.
 */
const ASK_EVERY_MS = 5_000

function useInfrastructureApi(): InfrastructureApi {
  const { session } = useApp()
  return useMemo(() => new InfrastructureApi(rootPass(session)), [session])
}

/** What is firing, the most urgent first; undefined when it is not known. */
export function useFiring(): readonly Alert[] | undefined {
  const api = useInfrastructureApi()
  const { rights } = useMe()
  const answer = useQuery({
    queryKey: ['alerts'],
    queryFn: ({ signal }) => api.get<{ readonly current: readonly Alert[] }>('/alerts', { past: 0 }, signal),
    enabled: rights.manageInfrastructure,
    refetchInterval: ASK_EVERY_MS,
    retry: false,
  })
  return answer.isError ? undefined : answer.data?.current.filter(({ state }) => state === 'firing')
}

/** Upstream's, and ours unless it is taken. */
const USUAL_PORT = 3000

/** Where the page of the control plane is: at the name this page was reached by, at the port that root says. */
export function useInfrastructureAddress(): string {
  const api = useInfrastructureApi()
  const { rights } = useMe()
  const status = useQuery({
    queryKey: ['infrastructure-port'],
    queryFn: async ({ signal }) => (await api.get<Status>('/status', {}, signal)).infrastructurePort ?? USUAL_PORT,
    enabled: rights.manageInfrastructure,
    retry: false,
  })
  return `http://${window.location.hostname}:${status.data ?? USUAL_PORT}/`
}
