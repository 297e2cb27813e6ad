import type { ServerResponse } from 'node:http'
import { OakError } from '@oakestra/base'

/** Streams that clients hold open. */
export interface OpenStreams {
  /**
   * A signal that is aborted when this client is gone or the server stops.
   * @throws OakError `resource-exhausted` when too many are open
   */
  open(response: ServerResponse): AbortSignal
  closeAll(): void
}

/** Each holds a connection here, one to its cluster and one to its node. */
const STREAMS_MAX = 256

export function createOpenStreams(): OpenStreams {
  const controllers = new Set<AbortController>()
  return {
    open(response) {
      if (controllers.size >= STREAMS_MAX) throw new OakError('resource-exhausted', `${STREAMS_MAX} streams are open; close some first`)
      const controller = new AbortController()
      controllers.add(controller)
      response.once('close', () => {
        controllers.delete(controller)
        controller.abort()
      })
      return controller.signal
    },
    closeAll() {
      for (const controller of controllers) controller.abort()
    },
  }
}
