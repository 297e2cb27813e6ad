import type { Api, ApiClient } from '@oakestra/api-client'
import type { OakClient } from '../../client/client.ts'
import { type CliContext, openApi, openClient } from '../context.ts'
import type { Options } from '../options.ts'
import { eventLine } from './event-line.ts'
import { type EventFilterOptions, type EventParameters, eventParameters } from './event-query.ts'
import { followEvents } from './follow-events.ts'

export interface EventsOptions extends EventFilterOptions {
  readonly follow?: boolean
  readonly limit: number
}

/** What fits a request of root's API. */
const PAGE_MAX = 1_000

/** Prints what happened, the oldest first, and with `--follow` what happens from then on. */
export async function showEvents(context: CliContext, options: Options<EventsOptions>): Promise<void> {
  const client: OakClient = await openClient(context, options)
  const parameters = await eventParameters(client, options, context.clock.wallMs())
  const api = await openApi(context, options)
  const print = async (event: Api.Event) => {
    context.output.result(options.json ? JSON.stringify(event) : eventLine(event, context.output.paint))
    await context.output.drained()
  }
  if (options.follow) return followEvents({ api, context, parameters, print })
  const events = await readEvents(api, parameters, options.limit)
  if (events.length === 0 && !options.json) context.output.talk('nothing happened that would fit')
  for (const event of events) await print(event)
}

/** The newest, the oldest of them first. */
export async function readEvents(
  api: ApiClient,
  parameters: EventParameters & { readonly instance?: string },
  limit: number,
): Promise<readonly Api.Event[]> {
  const events: Api.Event[] = []
  const query = { ...parameters, limit: String(Math.min(limit, PAGE_MAX)) }
  for await (const page of api.pages('GET /api/events', { query })) {
    events.push(...page)
    if (events.length >= limit) break
  }
  return events.slice(0, limit).toReversed()
}
