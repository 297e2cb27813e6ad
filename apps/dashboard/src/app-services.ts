import { type ApiClient, ApiError, createApiClient } from '@oakestra/api-client'
import type { Clock } from '@oakestra/base'
import { QueryClient } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { AlertStore } from './live/alert-store.ts'
import { LiveHub } from './live/live-hub.ts'
import { Refresher } from './live/refresher.ts'
import { type Load, SampleStore } from './live/samples.ts'
import { streamNews } from './live/stream-news.ts'
import { pageClock } from './platform/clock.ts'
import { renewToken } from './session/renew-token.ts'
import { Session } from './session/session.ts'
import { browserShelf } from './session/token-shelf.ts'

/** What a page is made of, apart from what it shows. */
export interface AppServices {
  readonly clock: Clock
  readonly session: Session
  readonly api: ApiClient
  readonly queries: QueryClient
  readonly live: LiveHub
  readonly samples: SampleStore
  readonly loads: SampleStore<Load>
  readonly alerts: AlertStore
}

export function createAppServices(): AppServices {
  const clock = pageClock
  const session = new Session({ shelf: browserShelf(), clock, renew: renewToken })
  const api = createApiClient({
    baseUrl: '',
    fetch: (url, init) => fetch(url, init),
    token: () => session.token(),
    onUnauthorized: async () => (await session.renew()) !== undefined,
  })
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        // Events say when something is old. Until one does, what was read is good.
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 5 * 60_000,
        retry: (failures, error) => failures < 1 && !(error instanceof ApiError && error.status < 500),
        retryDelay: 400,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
  const samples = new SampleStore()
  const loads = new SampleStore<Load>()
  const alerts = new AlertStore()
  const refresher = new Refresher((queryKey) => queries.invalidateQueries({ queryKey }, { cancelRefetch: false }), clock)
  const live = new LiveHub({
    clock,
    samples,
    loads,
    alerts,
    open: (lastEventId, signal, heard) => streamNews(session, lastEventId, signal, heard),
    onStale: (keys) =>
      keys.length === 0 ? void queries.invalidateQueries({}, { cancelRefetch: false }) : keys.forEach((key) => refresher.refresh(key)),
  })
  return { clock, session, api, queries, live, samples, loads, alerts }
}

const Context = createContext<AppServices | undefined>(undefined)
export const AppServicesProvider = Context.Provider

export function useApp(): AppServices {
  const services = useContext(Context)
  if (!services) throw new Error('used outside of the application')
  return services
}
