import { ApiError } from '@oakestra/api-client'
import { toOakError } from '@oakestra/base'
import type { InfrastructureClient, Words } from '../../client/infrastructure.ts'
import { type CliContext, openInfrastructure } from '../context.ts'
import type { Options } from '../options.ts'
import { controlLogLine, type LogLine } from './log-line.ts'

export interface LogsOptions {
  readonly follow?: boolean
  readonly level?: string
  readonly role?: string
  readonly text?: string
  /** How long back, in ms. */
  readonly since?: number
  readonly limit: number
}

/** What fits a request of root's API. */
const PAGE_MAX = 2_000
/** A root that restarts is back soon; one that does not come back is no reason to ask it all the time. */
const RETRY_MS = 2_000

/** Prints what the control plane logged, the oldest first, and with `--follow` what it logs from then on. */
export async function showLogs(context: CliContext, options: Options<LogsOptions>): Promise<void> {
  const infrastructure = await openInfrastructure(context, options)
  const { level, role, text, since, limit } = options
  const filter = { level, role, text }
  const sinceMs = since === undefined ? undefined : context.clock.wallMs() - since
  const print = async (line: LogLine) => {
    context.output.result(options.json ? JSON.stringify(line) : controlLogLine(line, context.output.paint))
    await context.output.drained()
  }
  const { lines } = await infrastructure.get<Page>('/logs', { ...filter, since: sinceMs, limit: Math.min(limit, PAGE_MAX) })
  if (lines.length === 0 && !options.json) context.output.talk('nothing was logged that would fit')
  for (const line of lines.toReversed()) await print(line)
  if (options.follow) await follow({ context, infrastructure, filter, print })
}

interface Page {
  /** The newest first. */
  readonly lines: readonly LogLine[]
}

interface Followed {
  readonly context: CliContext
  readonly infrastructure: InfrastructureClient
  readonly filter: Words
  readonly print: (line: LogLine) => Promise<void>
}

/** Until the command is ended. @throws ApiError when root refuses */
async function follow({ context: { signal, clock, output }, infrastructure, filter, print }: Followed): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { type, data } of infrastructure.events('/logs/stream', filter)) {
        if (type === 'line') await print(JSON.parse(data) as LogLine)
        else if (type === 'missed')
          output.talk(`${(JSON.parse(data) as { readonly lines: number }).lines} lines came faster than they could be sent`)
      }
    } catch (thrown) {
      if (signal.aborted) return
      if (thrown instanceof ApiError && thrown.status < 500) throw thrown
      output.talk(`the stream broke off: ${toOakError(thrown).message}`)
    }
    await clock.sleep(RETRY_MS, signal).catch(() => undefined)
  }
}
