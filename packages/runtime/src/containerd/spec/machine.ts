import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { capabilitiesOfMask } from './capabilities.ts'

/** What of this machine shapes a container's specification. */
export interface MachineFacts {
  /** `amd64`, `arm64`: the image specification's words. */
  readonly architecture: string
  readonly capabilities: readonly string[]
  /** Hard limit on open files: nothing we start may have more. `reference/lab.md` 2. */
  readonly openFilesMax: number
  readonly hasSeccomp: boolean
  readonly cgroups: CgroupFacts
}

/** Where the kernel keeps control groups. */
export interface CgroupFacts {
  readonly version: 1 | 2
  /** Mount points by controller; of version 2 one for all, under the empty name. */
  readonly mounts: Readonly<Record<string, string>>
  /** False on kernels that cannot limit swap. */
  readonly canLimitSwap: boolean
}

/** Looks at the machine, once per start of the agent. */
export async function observeMachine(architecture: string): Promise<MachineFacts> {
  const status = await readFile('/proc/self/status', 'utf8')
  const limits = await readFile('/proc/self/limits', 'utf8')
  return {
    architecture,
    capabilities: capabilitiesOfMask(BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)),
    openFilesMax: parseOpenFilesMax(limits),
    hasSeccomp: /^Seccomp:/m.test(status),
    cgroups: await observeCgroups(),
  }
}

export function parseOpenFilesMax(limits: string): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1]
  const value = Number(hard)
  return Number.isSafeInteger(value) ? value : 1024 * 1024
}

/** Where control groups are on this machine. */
export async function observeCgroups(): Promise<CgroupFacts> {
  const mounts = parseCgroupMounts(await readFile('/proc/self/mountinfo', 'utf8'))
  const memory = mounts['memory']
  // On a hybrid machine the second version is mounted too, without the controllers.
  if (memory === undefined) return { version: 2, mounts: { '': mounts[''] ?? '/sys/fs/cgroup' }, canLimitSwap: true }
  return { version: 1, mounts, canLimitSwap: existsSync(`${memory}/memory.memsw.limit_in_bytes`) }
}

/** Mount points by controller of version 1, and that of version 2 under the empty name. proc(5), mountinfo. */
export function parseCgroupMounts(mountinfo: string): Readonly<Record<string, string>> {
  const mounts: Record<string, string> = {}
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [type, , options = ''] = after.split(' ')
    const point = before.split(' ')[4] ?? ''
    if (type === 'cgroup2') mounts[''] ??= point
    if (type === 'cgroup') for (const name of options.split(',')) mounts[name] ??= point
  }
  return mounts
}
