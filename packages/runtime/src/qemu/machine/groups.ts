import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CgroupFacts } from '../../containerd/spec/machine.ts'

/** What all processes of one guest may use together. */
export interface GroupLimits {
  readonly memoryBytes: number
  /** Absent: as much as there is. */
  readonly cpus?: number
  readonly pids: number
}

const PERIOD_US = 100_000
// Less than this the kernel refuses.
const QUOTA_US_MIN = 1_000
const V2_CONTROLLERS = ['memory', 'cpu', 'pids'] as const
const V1_CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'pids'] as const

/**
 * Makes a control group and puts a process into it. Both layouts of `reference/lab.md` 2; a controller that the machine
 * does not have limits nothing, and neither is a process limited that has ended.
 * @param path absolute within the hierarchy
 */
export async function enterGroup(facts: CgroupFacts, path: string, limits: GroupLimits, pid: number): Promise<void> {
  const dirs = facts.version === 2 ? await makeV2(facts, path) : await makeV1(facts, path)
  const files = facts.version === 2 ? filesV2(limits) : filesV1(limits)
  for (const dir of dirs) {
    for (const [file, value] of files) await writeIfThere(join(dir, file), value)
    await writeFile(join(dir, 'cgroup.procs'), String(pid)).catch(ended)
  }
}

async function makeV1({ mounts }: CgroupFacts, path: string): Promise<readonly string[]> {
  const dirs = new Set(V1_CONTROLLERS.flatMap((name) => mounts[name] ?? []).map((mount) => join(mount, path)))
  for (const dir of dirs) await mkdir(dir, { recursive: true })
  return [...dirs]
}

/** A controller counts below a group only when every group above hands it down. */
async function makeV2({ mounts }: CgroupFacts, path: string): Promise<readonly string[]> {
  const root = mounts[''] ?? '/sys/fs/cgroup'
  const parts = path.split('/').filter((part) => part !== '')
  let dir = root
  for (const part of parts) {
    await handDown(dir)
    dir = join(dir, part)
    await mkdir(dir, { recursive: true })
  }
  return [dir]
}

async function handDown(dir: string): Promise<void> {
  const available = (await readFile(join(dir, 'cgroup.controllers'), 'utf8').catch(() => '')).split(/\s+/)
  const wanted = V2_CONTROLLERS.filter((name) => available.includes(name)).map((name) => `+${name}`)
  if (wanted.length > 0) await writeFile(join(dir, 'cgroup.subtree_control'), wanted.join(' '))
}

function filesV1({ memoryBytes, cpus, pids }: GroupLimits): readonly (readonly [string, string])[] {
  return [
    ['memory.limit_in_bytes', String(memoryBytes)],
    ['pids.max', String(pids)],
    ...(cpus === undefined ? [] : [['cpu.cfs_period_us', String(PERIOD_US)] as const, ['cpu.cfs_quota_us', String(quota(cpus))] as const]),
  ]
}

function filesV2({ memoryBytes, cpus, pids }: GroupLimits): readonly (readonly [string, string])[] {
  return [
    ['memory.max', String(memoryBytes)],
    ['pids.max', String(pids)],
    ...(cpus === undefined ? [] : [['cpu.max', `${quota(cpus)} ${PERIOD_US}`] as const]),
  ]
}

function quota(cpus: number): number {
  return Math.max(QUOTA_US_MIN, Math.round(cpus * PERIOD_US))
}

/** A process that is gone already is limited enough; whoever asks for it next learns why. */
function ended(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'ESRCH') throw thrown
}

async function writeIfThere(path: string, value: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (isThere) await writeFile(path, value)
}
