import { runningDaemons } from '../../daemon/state-file.ts'
import { stopDaemons } from '../../daemon/stop-daemons.ts'
import { type CliContext, dataDirOf } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import type { Options } from '../options.ts'
import { withStep } from '../progress.ts'

export interface DownOptions {
  readonly force?: boolean
  readonly timeout: number
}

/** Ends the agents of this machine and waits for it. What they started runs on. */
export async function stopMachine(context: CliContext, options: Options<DownOptions>): Promise<void> {
  const dataDir = await dataDirOf(context, options)
  const daemons = runningDaemons(dataDir)
  if (daemons.length === 0) return context.output.talk(`Nothing runs with ${dataDir}: nothing was changed.`)
  const roles = daemons.flatMap((daemon) => daemon.roles).join(', ')
  const { left } = await withStep(context.output, context.clock, `Stopping ${roles}`, () =>
    stopDaemons(dataDir, { clock: context.clock, signal: context.signal, timeoutMs: options.timeout, force: options.force === true }),
  )
  if (left.length > 0) {
    throw new CliFailure(
      EXIT.timedOut,
      `process ${left.map((daemon) => daemon.process.pid).join(', ')} has not ended yet`,
      'kill it with: oak down --force',
    )
  }
  context.output.talk('Workloads go on running; "oak up --detach" takes them over again, "oak clean" removes them.')
}
