import { readdir, readFile } from 'node:fs/promises'

/** A process that is told apart from a later one with the same number by when it began. */
export interface ProcessIdentity {
  readonly pid: number
  /** In the kernel's ticks since the machine started. */
  readonly startTime: string
}

/** `undefined` when there is no such process, or only its remains. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // proc(5): the name may hold anything, blanks and brackets included; the state follows it, the start time is field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const startTime = fields[19]
  return startTime === undefined || state === 'Z' ? undefined : { pid, startTime }
}

/** True while this very process runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTime === identity.startTime
}

/** A process that was started with these very words. */
export async function findProcess(words: readonly string[]): Promise<ProcessIdentity | undefined> {
  const wanted = `${words.join('\0')}\0`
  for (const name of await readdir('/proc')) {
    const pid = Number(name)
    if (!Number.isSafeInteger(pid) || pid <= 1) continue
    const isIt = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) === wanted
    const identity = isIt ? await identifyProcess(pid) : undefined
    if (identity) return identity
  }
  return undefined
}

/** Reads a file written by `JSON.stringify(identity)`. */
export async function readIdentity(file: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const { pid, startTime } = JSON.parse(text)
    return Number.isSafeInteger(pid) && pid > 1 && typeof startTime === 'string' ? { pid, startTime } : undefined
  } catch {
    // Cut short by a power cut: whatever it named does not run any more.
    return undefined
  }
}
