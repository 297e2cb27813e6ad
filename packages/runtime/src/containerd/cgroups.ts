import { readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CgroupFacts } from './spec/machine.ts'

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

  /** @param parent absolute path within the hierarchy, as in `cgroupsPath` */
  constructor(facts: CgroupFacts, parent: string) {
    this.#facts = facts
    this.#parent = parent
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

  /** Takes away what a runtime that was killed left behind. */
  async remove(id: string): Promise<void> {
    const mounts = new Set(Object.values(this.#facts.mounts))
    await Promise.all([...mounts].map((mount) => removeTree(join(mount, this.#parent, id))))
  }

  /** Takes away the parent itself, with whatever is below it. */
  removeParent(): Promise<void> {
    return this.remove('.')
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
