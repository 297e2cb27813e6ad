import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, OakError, throwIfAborted } from '@oakestra/base'
import { identifyProcess, isRunning, type ProcessIdentity } from '../../private/process.ts'
import { type Accelerator, FILE, type GuestPlan, qemuArguments } from './command-line.ts'
import { converse, tailOf } from './guest.ts'
import type { Qmp, QmpEvent } from './qmp.ts'

export interface Launch {
  readonly program: string
  readonly dir: string
  readonly user: number
  readonly plan: GuestPlan
  readonly consolePath: string
  /** Where QEMU lives; absent, in the agent's own network, which it does not use then. */
  readonly netnsPath?: string
  readonly tap?: number
}

const SOCKET_POLL_MS = 2
// QEMU listens within some ten milliseconds; twenty at once on two cores within seconds.
const SOCKET_TIMEOUT_MS = 30_000
const SAID_BYTES = 2048

/** Starts a QEMU that outlives the agent. It runs nothing yet. @throws OakError `unavailable` */
export async function spawnQemu({ program, dir, user, plan, consolePath, netnsPath, tap }: Launch): Promise<ProcessIdentity> {
  const said = await open(join(dir, FILE.said), 'a', 0o600)
  const console = await open(consolePath, 'a')
  try {
    const group = await groupFor(plan.accelerator, user)
    const place = netnsPath === undefined ? [] : [`--net=${netnsPath}`]
    const args = [...place, '-S', String(user), '-G', String(group), '--', program, ...qemuArguments(plan)]
    const stdio = ['ignore', said.fd, said.fd, console.fd, tap ?? 'ignore'] as const
    const child = spawn('nsenter', args, { cwd: dir, detached: true, env: {}, stdio: [...stdio] })
    const failed = new Promise<never>((_, reject) => child.once('error', reject))
    failed.catch(() => undefined)
    child.unref()
    if (child.pid === undefined) return await failed
    const identity = await identifyProcess(child.pid)
    if (!identity) throw await endedEarly(dir)
    return identity
  } finally {
    await Promise.all([said.close(), console.close()])
    if (tap !== undefined) closeSync(tap)
  }
}

/** Waits until QEMU listens. @throws OakError `unavailable` with QEMU's own words when it ends instead */
export async function firstConversation(
  dir: string,
  identity: ProcessIdentity,
  { clock, onEvent, onClose, signal }: ConversationOptions,
): Promise<Qmp> {
  const untilMs = clock.monotonicMs() + SOCKET_TIMEOUT_MS
  for (;;) {
    throwIfAborted(signal)
    try {
      return await converse(dir, clock, onEvent, onClose)
    } catch (thrown) {
      if (!(await isRunning(identity))) throw await endedEarly(dir)
      if (clock.monotonicMs() > untilMs) throw thrown
    }
    await clock.sleep(SOCKET_POLL_MS)
  }
}

export interface ConversationOptions {
  readonly clock: Clock
  readonly onEvent: (event: QmpEvent) => void
  readonly onClose: () => void
  readonly signal?: AbortSignal | undefined
}

/** Only who is in the group of the device may use it. */
async function groupFor(accelerator: Accelerator, user: number): Promise<number> {
  return accelerator === 'kvm' ? (await stat('/dev/kvm')).gid : user
}

async function endedEarly(dir: string): Promise<OakError> {
  const lines = (await tailOf(join(dir, FILE.said), SAID_BYTES)).trim().split('\n')
  const reason = lines.at(-1)?.replace(/^\S*qemu-system-\w+: /, '') || 'it said nothing'
  return new OakError('unavailable', `QEMU did not start: ${reason}`)
}
