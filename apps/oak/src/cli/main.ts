import { realClock } from '@oakestra/base'
import type { DaemonDoor } from '../daemon/door.ts'
import { keepAlive } from '../keep-alive.ts'
import { askOnTerminal } from './ask.ts'
import type { CliContext } from './context.ts'
import { createOutput } from './output.ts'
import { runCli } from './run.ts'

/** The program: one command line in this process, with its streams, signals and environment. */
export async function main(loadDaemon: () => Promise<DaemonDoor>): Promise<void> {
  const argv = process.argv.slice(2)
  endQuietlyWhenNobodyReads()
  const context: CliContext = {
    output: createOutput(process, process.env, argv.includes('--no-color')),
    env: process.env,
    clock: realClock,
    signal: signalOfProcess(),
    loadDaemon,
    ask: askOnTerminal,
  }
  process.exitCode = await keepAlive(() => runCli(argv, context))
}

/** Aborted by the first request to end; a second one ends the process at once. */
function signalOfProcess(): AbortSignal {
  const controller = new AbortController()
  const end = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    controller.abort(new Error(`ended by ${signal}`))
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  return controller.signal
}

/** `oak service logs x | head` closes our output: a normal end, not an error. */
function endQuietlyWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
}
