import { Readable } from 'node:stream'
import { OakError } from '@oakestra/base'
import { type WatchDeps, type WatchRequest, WatchSession } from './watch-session.ts'

/** Streams of one user at a time: some tabs of a dashboard and a few tools. Each holds a connection. */
export const STREAMS_PER_USER_MAX = 16
/** Text that waits for the reader before nothing more is read for it. */
const BUFFERED_BYTES = 64 * 1024

/** Where streams of events are opened. */
export interface Watch {
  /**
   * A `text/event-stream` of what happens: events, samples when asked for, and comments that keep it alive. It ends with the signal, or
   * after an event `end` that says why.
   * @throws OakError `resource-exhausted` when the user has too many open
   */
  open(request: WatchRequest): Readable
}

export function createWatch(deps: WatchDeps): Watch {
  const open = new Map<string, number>()
  return {
    open(request) {
      const { userId } = request.actor
      const count = open.get(userId) ?? 0
      if (count >= STREAMS_PER_USER_MAX) {
        throw new OakError('resource-exhausted', `${count} streams of events are open for you; close some first`)
      }
      open.set(userId, count + 1)
      const stream = streamOf(deps, request)
      stream.once('close', () => {
        const left = (open.get(userId) ?? 1) - 1
        if (left === 0) open.delete(userId)
        else open.set(userId, left)
      })
      return stream
    },
  }
}

function streamOf(deps: WatchDeps, request: WatchRequest): Readable {
  const session = new WatchSession(deps, request)
  const stream: Readable = Readable.from(
    session.pieces(() => stream.destroy()),
    { objectMode: false, highWaterMark: BUFFERED_BYTES },
  )
  return stream
}
