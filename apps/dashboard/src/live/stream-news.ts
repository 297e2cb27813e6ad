import { type ApiClient, type ApiEvent, createApiClient } from '@oakestra/api-client'
import type { RecordedEvent } from '@oakestra/model'
import type { Session } from '../session/session.ts'
import type { FiringAlerts } from './alert-store.ts'
import type { News } from './live-hub.ts'
import type { Load } from './samples.ts'
import { watchedFetch } from './watched-fetch.ts'

/** Root's stream of events and numbers, as news. Ends with the connection. `docs/events.md` */
export async function* streamNews(
  session: Session,
  lastEventId: string | undefined,
  signal: AbortSignal,
  heard: () => void,
): AsyncGenerator<News> {
  const events = clientOf(session, heard).events('GET /api/events/stream', {
    query: { samples: true, alerts: true },
    signal,
    ...(lastEventId === undefined ? {} : { lastEventId }),
  })
  for await (const event of events) {
    const news = newsOf(event)
    if (news) yield news
  }
}

function clientOf(session: Session, heard: () => void): ApiClient {
  return createApiClient({
    baseUrl: '',
    fetch: watchedFetch(heard),
    token: () => session.token(),
    onUnauthorized: async () => (await session.renew()) !== undefined,
  })
}

/** Undefined for what is no news: that the stream ends is seen by its end. Pure. */
export function newsOf({ id, type, data }: ApiEvent<unknown>): News | undefined {
  if (type === 'event') return { type: 'event', id, event: data as RecordedEvent }
  if (type === 'reset') return { type: 'gap' }
  if (type === 'alerts') return { type: 'alerts', alerts: data as FiringAlerts }
  if (type === 'load') return loadNews(data as LoadData)
  if (type !== 'sample') return undefined
  const { instanceId, cpuPercent, memoryBytes, timeMs } = data as Readonly<Record<'cpuPercent' | 'memoryBytes' | 'timeMs', number>> & {
    readonly instanceId: string
  }
  return { type: 'sample', instanceId, sample: { cpuPercent, memoryBytes, timeMs } }
}

type LoadData = Load & { readonly clusterId: string; readonly nodeId?: string }

/** Of the node where one is named, else of the cluster: no id belongs to two. */
function loadNews({ clusterId, nodeId = clusterId, cpuPercent, memoryPercent, timeMs }: LoadData): News {
  return { type: 'load', id: nodeId, load: { cpuPercent, memoryPercent, timeMs } }
}
