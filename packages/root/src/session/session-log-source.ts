import type { Readable } from 'node:stream'
import { OakError } from '@oakestra/base'
import type { ParentSessions } from '@oakestra/session'
import type { Store } from '@oakestra/store'
import type { LogRequest, LogSource } from '../log-source.ts'
import { instances } from '../state/collections.ts'

// Two hops, each with a stream to open.
const OPEN_TIMEOUT_MS = 15_000

/** Logs by way of the cluster that has the instance. */
export function createSessionLogSource(store: Store, sessions: () => ParentSessions): LogSource {
  return { open: (request, signal) => openLog(store, sessions(), request, signal) }
}

async function openLog(store: Store, sessions: ParentSessions, request: LogRequest, signal: AbortSignal): Promise<Readable> {
  const instance = await store.read((reader) => reader.get(instances, request.instanceId))
  if (!instance?.clusterId) throw new OakError('not-found', 'this instance has no cluster yet, so it has not printed anything')
  const expected = sessions.expectStream(instance.clusterId, OPEN_TIMEOUT_MS, signal)
  // Whoever fails first is reported; the other's failure follows from it.
  expected.opened.catch(() => undefined)
  await sessions.request(instance.clusterId, 'logs.open', { ...request, streamId: expected.id }, OPEN_TIMEOUT_MS)
  const stream = await expected.opened
  // Nothing is ever said towards the node; the writing half is closed so that the stream ends with its log.
  stream.end()
  return stream
}
