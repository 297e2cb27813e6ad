import { readFileSync } from 'node:fs'

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in clock ticks since boot: field 22 of `/proc/PID/stat` (proc(5)). */
  readonly startTicks: string
  /** Which boot the ticks count from. */
  readonly bootId: string
}

/** The identity of a running process; undefined when there is none with this number, or it is a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in field 2 may hold spaces and parentheses: count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = fields[0]
    const startTicks = fields[19]
    if (startTicks === undefined || state === 'Z' || state === 'X') return undefined
    return { pid, startTicks, bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() }
  } catch {
    return undefined
  }
}

/** True while exactly this process runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid)
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId
}

/** Reads an identity from JSON that somebody else wrote. */
export function asIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, startTicks, bootId } = value as Partial<Record<keyof ProcessIdentity, unknown>>
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 1 || typeof startTicks !== 'string' || typeof bootId !== 'string')
    return undefined
  return { pid, startTicks, bootId }
}
