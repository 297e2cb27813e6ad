import type { Clock } from '@oakestra/base'
import { isRunning } from './process-identity.ts'
import { type DaemonState, runningDaemons } from './state-file.ts'

const POLL_MS = 50

export interface StopOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** Kill what does not end in time. */
  readonly force: boolean
}

/** Ends the daemons of a data directory and waits until they are gone. Says which ended and which did not. */
export async function stopDaemons(
  dataDir: string,
  options: StopOptions,
): Promise<{ readonly stopped: readonly DaemonState[]; readonly left: readonly DaemonState[] }> {
  const daemons = runningDaemons(dataDir)
  for (const daemon of daemons) send(daemon, 'SIGTERM')
  await untilGone(daemons, options)
  const stubborn = daemons.filter((daemon) => isRunning(daemon.process))
  if (options.force && stubborn.length > 0) {
    for (const daemon of stubborn) send(daemon, 'SIGKILL')
    await untilGone(stubborn, options)
  }
  return { stopped: daemons.filter((daemon) => !isRunning(daemon.process)), left: daemons.filter((daemon) => isRunning(daemon.process)) }
}

function send(daemon: DaemonState, signal: NodeJS.Signals): void {
  try {
    // Looked at again right before: its number may belong to somebody else by now.
    if (isRunning(daemon.process)) process.kill(daemon.process.pid, signal)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown
  }
}

async function untilGone(daemons: readonly DaemonState[], options: StopOptions): Promise<void> {
  const deadlineMs = options.clock.monotonicMs() + options.timeoutMs
  while (daemons.some((daemon) => isRunning(daemon.process)) && options.clock.monotonicMs() < deadlineMs)
    await options.clock.sleep(POLL_MS, options.signal)
}
