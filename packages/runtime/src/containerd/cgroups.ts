import { readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, OakError } from '@oakestra/base'
import type { CgroupFacts } from './spec/machine.ts'

// A killed process is gone in milliseconds, unless it hangs in the kernel: five seconds in all.
const END_LOOKS_MAX = 250
const END_POLL_MS = 20

/** What a group's counters say now. */
export interface CgroupSample {
  /** Processor time since the group was made, in nanoseconds. */
  readonly cpuNs: number
  /** Memory that could not be taken away without loss: what is used less what is only cached and idle. */
  readonly memoryBytes: number
}

const V1_CONTROLLERS_USED = ['memory', 'cpuacct', 'pids'] as const

/**
 * The control groups of this agent's containers, all below one parent. Read straight from the kernel: asking containerd wakes
 * one more process per container. Both layouts of `reference/lab.md` 2.
 */
export class Cgroups {
  readonly #facts: CgroupFacts
  readonly #parent: string
  readonly #clock: Clock

  /** @param parent absolute path within the hierarchy, as in `cgroupsPath` */
  constructor(facts: CgroupFacts, parent: string, clock: Clock) {
    this.#facts = facts
    this.#parent = parent
    this.#clock = clock
  }

  pathOf(id: string): string {
    return `${this.#parent}/${id}`
  }

  /** Ids that have a group, running or not. */
  async list(): Promise<readonly string[]> {
    const entries = await readdir(join(this.#mount('memory'), this.#parent), { withFileTypes: true }).catch(absent)
    return (entries ?? []).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  }

  /** `undefined` when the group is gone or nothing runs in it. */
  async sample(id: string): Promise<CgroupSample | undefined> {
    return this.#facts.version === 2 ? this.#sampleV2(id) : this.#sampleV1(id)
  }

  /** True when the kernel ended a process of the group for want of memory; the group stays until its task is removed. */
  async hadOutOfMemory(id: string): Promise<boolean> {
    const file = this.#facts.version === 2 ? 'memory.events' : 'memory.oom_control'
    return counter((await this.#read('memory', id, file)) ?? '', 'oom_kill') > 0
  }

  /**
   * Takes away what is left of a container, processes included: when a shim is killed, containerd may lose sight of them.
   * @throws OakError `unavailable` when one of them does not end
   */
  async remove(id: string): Promise<void> {
    await this.#endProcesses(id)
    const mounts = new Set(Object.values(this.#facts.mounts))
    await Promise.all([...mounts].map((mount) => removeTree(join(mount, this.#parent, id))))
  }

  /** Takes away the parent itself, with whatever is below it. */
  removeParent(): Promise<void> {
    return this.remove('.')
  }

  /** What is in a group of ours was started by a container of ours, so a number is not somebody else's. */
  async #endProcesses(id: string): Promise<void> {
    for (let look = 0; look < END_LOOKS_MAX; look += 1) {
      const pids = await processesBelow(join(this.#mount('memory'), this.#parent, id))
      if (pids.length === 0) return
      for (const pid of pids) killIfThere(pid)
      await this.#clock.sleep(END_POLL_MS)
    }
    throw new OakError('unavailable', `processes of container ${id} do not end`)
  }

  async #sampleV1(id: string): Promise<CgroupSample | undefined> {
    const [processes, cpu, memory, stat] = await Promise.all([
      this.#read('pids', id, 'pids.current'),
      this.#read('cpuacct', id, 'cpuacct.usage'),
      this.#read('memory', id, 'memory.usage_in_bytes'),
      this.#read('memory', id, 'memory.stat'),
    ])
    if (!Number(processes ?? 0) || cpu === undefined || memory === undefined) return undefined
    return { cpuNs: Number(cpu), memoryBytes: Math.max(0, Number(memory) - counter(stat ?? '', 'total_inactive_file')) }
  }

  async #sampleV2(id: string): Promise<CgroupSample | undefined> {
    const [events, cpu, memory, stat] = await Promise.all([
      this.#read('', id, 'cgroup.events'),
      this.#read('', id, 'cpu.stat'),
      this.#read('', id, 'memory.current'),
      this.#read('', id, 'memory.stat'),
    ])
    if (!counter(events ?? '', 'populated') || cpu === undefined) return undefined
    return {
      cpuNs: counter(cpu, 'usage_usec') * 1000,
      memoryBytes: Math.max(0, Number(memory ?? 0) - counter(stat ?? '', 'inactive_file')),
    }
  }

  async #read(controller: (typeof V1_CONTROLLERS_USED)[number] | '', id: string, file: string): Promise<string | undefined> {
    return readFile(join(this.#mount(controller), this.#parent, id, file), 'utf8').catch(absent)
  }

  #mount(controller: string): string {
    const { mounts, version } = this.#facts
    return (version === 2 ? mounts[''] : mounts[controller]) ?? '/sys/fs/cgroup'
  }
}

/** Value of a `name value` line; 0 when there is none. */
export function counter(text: string, name: string): number {
  for (const line of text.split('\n')) {
    if (line.startsWith(`${name} `)) return Number(line.slice(name.length + 1))
  }
  return 0
}

async function processesBelow(directory: string): Promise<readonly number[]> {
  const own = (await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(absent)) ?? ''
  const entries = (await readdir(directory, { withFileTypes: true }).catch(absent)) ?? []
  const below = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => processesBelow(join(directory, entry.name))),
  )
  // 0 stands for a process of another pid namespace than ours.
  return [
    ...own
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 1),
    ...below.flat(),
  ]
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}

/** Groups are removed from the leaves up; their files are the kernel's. */
async function removeTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(absent)
  for (const entry of entries ?? []) {
    if (entry.isDirectory()) await removeTree(join(directory, entry.name))
  }
  await rmdir(directory).catch(absent)
}

/** A group may go at any moment; ENODEV is what reading a file of one that just went gives, EBUSY a last process in it. */
function absent(thrown: unknown): undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'ENOENT' || code === 'ENODEV' || code === 'EBUSY') return undefined
  throw thrown
}
