import type { Api } from '@oakestra/api-client'
import { type CliContext, openApi, openClient } from '../context.ts'
import type { Options } from '../options.ts'
import { findService } from '../resolve.ts'
import { eventLine } from './event-line.ts'
import { readEvents } from './show-events.ts'

/** More is no timeline any more; `oak events` reads the rest. */
const EVENTS_MAX = 1_000

/** Prints what happened to a service, or to one of its instances, and how long each step took. */
export async function showTimeline(context: CliContext, word: string, number: number | undefined, options: Options): Promise<void> {
  const service = await findService(await openClient(context, options), word)
  const api = await openApi(context, options)
  const instance = number === undefined ? {} : { instance: String(number) }
  const events = await readEvents(api, { service: service.microserviceID, ...instance }, EVENTS_MAX)
  if (options.json) return context.output.result(JSON.stringify(events, null, 2))
  if (events.length === 0) return context.output.talk('nothing is known of what happened to it')
  const { paint } = context.output
  for (const [index, event] of events.entries()) {
    context.output.result(`${paint.dim(passed(event, events[index - 1]).padStart(8))}  ${eventLine(event, paint)}`)
  }
}

/** Since the step before. */
function passed({ timeMs }: Api.Event, before: Api.Event | undefined): string {
  if (!before) return ''
  const ms = Math.max(0, timeMs - before.timeMs)
  if (ms < 1_000) return `+${ms} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 120) return `+${seconds} s`
  return seconds < 7_200 ? `+${Math.round(seconds / 60)} min` : `+${Math.round(seconds / 3_600)} h`
}
