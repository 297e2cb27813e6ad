import { open, readdir, readFile } from 'node:fs/promises'
import type { Clock } from '@oakestra/base'
import { isRunning, type ProcessIdentity } from '../../private/process.ts'
import { EXIT_CHANNEL, FILE } from './command-line.ts'
import type { EndingFacts } from './ending.ts'
import { Qmp, type QmpEvent } from './qmp.ts'

export type EndingCause = EndingFacts['cause']

const CONSOLE_TAIL_BYTES = 4096
const EXIT_BYTES_MAX = 64
const POLL_MS = 5

/** Why a guest ended, by QEMU's events and by the state it is in afterwards. QAPI, `RunState` and `ShutdownCause`. */
export function causeOfEvent({ event, data }: QmpEvent): EndingCause | undefined {
  if (event === 'GUEST_PANICKED') return 'guest-panicked'
  if (event !== 'SHUTDOWN') return undefined
  return data['reason'] === 'guest-reset' ? 'guest-reset' : 'guest-shutdown'
}

export function causeOfState(status: unknown): EndingCause | undefined {
  const state = stateIn(status)
  if (state === 'guest-panicked') return 'guest-panicked'
  return state === 'shutdown' || state === 'internal-error' ? 'unknown' : undefined
}

/** It never went on: its agent was killed between writing it down and saying so. */
export function isStillHeld(status: unknown): boolean {
  return stateIn(status) === 'prelaunch'
}

function stateIn(status: unknown): unknown {
  return typeof status === 'object' && status !== null && 'status' in status ? status.status : undefined
}

/** Opens a conversation with the QEMU in a directory, whose path may be longer than the name of a socket can be. */
export async function converse(dir: string, clock: Clock, onEvent: (event: QmpEvent) => void, onClose: () => void): Promise<Qmp> {
  const handle = await open(dir, 'r')
  try {
    return await Qmp.connect({ path: `/proc/self/fd/${handle.fd}/${FILE.qmp}`, clock, onEvent, onClose })
  } finally {
    await handle.close()
  }
}

/** What the guest said on its second serial port. */
export async function saidOnExit(qmp: Qmp): Promise<string> {
  const said = await qmp.call('ringbuf-read', { device: EXIT_CHANNEL, size: EXIT_BYTES_MAX })
  return typeof said === 'string' ? said : ''
}

/** The end of a file; nothing when it is not there. */
export async function tailOf(path: string, bytes = CONSOLE_TAIL_BYTES): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - bytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Ends processes at once, and waits until they are gone. */
export async function kill(identities: readonly ProcessIdentity[], clock: Clock): Promise<void> {
  for (const identity of identities) {
    while (await isRunning(identity)) {
      try {
        process.kill(identity.pid, 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
      await clock.sleep(POLL_MS)
    }
  }
}

/** Processes that were started for a guest, by the name that stands in their command line. */
export async function processesNamed(name: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)
  const word = `guest=${name},`
  const found = await Promise.all(pids.map(async (pid) => (await commandLine(pid)).some((argument) => argument.startsWith(word))))
  return pids.filter((_, index) => found[index])
}

async function commandLine(pid: number): Promise<readonly string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
}
