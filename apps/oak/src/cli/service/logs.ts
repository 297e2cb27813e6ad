import type { LogLine } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import type { Options } from '../options.ts'
import { printable } from '../output.ts'
import { findInstance, findService } from '../resolve.ts'

export interface LogsOptions {
  readonly follow?: boolean
  readonly tail?: number
  readonly timestamps?: boolean
}

export async function showLogs(
  context: CliContext,
  word: string,
  number: number | undefined,
  options: Options<LogsOptions>,
): Promise<void> {
  const client = await openClient(context, options)
  const service = await client.service((await findService(client, word)).microserviceID)
  const instance = findInstance(service, number)
  const lines = client.logs(service.microserviceID, instance.instance_number, {
    follow: options.follow === true,
    signal: context.signal,
    ...(options.tail !== undefined && { tail: options.tail }),
  })
  for await (const line of lines) {
    context.output.result(options.json ? JSON.stringify(line) : render(context, line, options))
    await context.output.drained()
  }
}

/** Standard error is told apart by colour, and where there is none, by a mark. */
function render(context: CliContext, line: LogLine, options: LogsOptions): string {
  const { paint } = context.output
  const time = options.timestamps ? `${paint.dim(line.time)} ` : ''
  const text = printable(line.line)
  if (line.stream !== 'stderr') return time + text
  return `${time}${paint.isColorSupported ? paint.red(text) : `[stderr] ${text}`}`
}
