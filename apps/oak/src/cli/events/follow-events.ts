import { type Api, type ApiClient, ApiError } from '@oakestra/api-client'
import { toOakError } from '@oakestra/base'
import type { CliContext } from '../context.ts'
import { printable } from '../output.ts'
import type { EventParameters } from './event-query.ts'

/** A root that restarts is back soon; one that does not come back is no reason to ask it all the time. */
const RETRY_MS = 2_000

export interface FollowEventsDeps {
  readonly api: ApiClient
  readonly context: CliContext
  readonly parameters: EventParameters
  readonly print: (event: Api.Event) => Promise<void>
}

/** Prints what happens until the command is ended. After a break it goes on where it was. @throws ApiError when root refuses */
export async function followEvents({ api, context, parameters, print }: FollowEventsDeps): Promise<void> {
  const { signal, clock, output } = context
  let lastEventId = ''
  while (!signal.aborted) {
    try {
      const stream = api.events('GET /api/events/stream', { query: parameters, signal, ...(lastEventId !== '' && { lastEventId }) })
      for await (const { id, type, data } of stream) {
        if (type === 'event') await print(data)
        else talkOf(context, type, data)
        lastEventId = id
      }
    } catch (thrown) {
      if (signal.aborted) return
      if (thrown instanceof ApiError && thrown.status < 500) throw thrown
      output.talk(`the stream broke off: ${toOakError(thrown).message}`)
    }
    await clock.sleep(RETRY_MS, signal).catch(() => undefined)
  }
}

/** What root says about the stream itself. */
function talkOf({ output }: CliContext, type: string, data: unknown): void {
  const message = typeof data === 'object' && data !== null && 'message' in data ? String(data.message) : ''
  if (type === 'reset') output.talk('some of what happened meanwhile is not kept any more')
  else if (type === 'end') output.talk(`root ended the stream: ${printable(message)}`)
}
