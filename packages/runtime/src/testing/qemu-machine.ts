import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Logger, realClock, silentLogger } from '@oakestra/base'
import { pack } from 'tar-stream'
import { createQemuRuntime, type QemuRuntimeOptions } from '../qemu/create-runtime.ts'
import { type TinyKernelTask, tinyKernel } from '../qemu/guest/tiny-kernel.ts'
import type { Runtime, WorkloadSpec } from '../runtime.ts'
import type { Behaviour } from './runtime-contract.ts'

const TINY_MEMORY_BYTES = 16 * 1024 * 1024
const PANIC = 'Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled\n'

/** Why tests that need QEMU cannot run here; `undefined` when they can. */
export function qemuMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  if (process.arch !== 'x64') return 'guests of tests are made for amd64'
  const programs = ['qemu-system-x86_64', 'nsenter', 'ip', 'nft']
  const directories = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin', '/sbin')
  const missing = programs.filter((program) => !directories.some((directory) => existsSync(join(directory, program))))
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined
}

/** A place for guests of one's own. */
export interface QemuMachine extends AsyncDisposable {
  readonly dir: string
  readonly netnsPath: string
  /** Parent of the control groups. */
  readonly namespace: string
  runtime(options?: Partial<QemuRuntimeOptions>): Promise<Runtime>
  /** A workload on an image, with fresh empty files for what it prints. */
  spec(id: string, image: string, changes?: Partial<WorkloadSpec>): Promise<WorkloadSpec>
  /** The image of a guest that does one thing. @returns its name */
  tinyImage(task: TinyKernelTask): Promise<string>
}

/** Entries of a guest's archive, by name. */
export type ArchiveEntries = Readonly<Record<string, string | Uint8Array>>

/** An archive as upstream lays it out (`reference/worker.md` 7.1). */
export async function guestArchive(entries: ArchiveEntries): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of Object.entries(entries)) archive.entry({ name, mtime: new Date(0) }, Buffer.from(content))
  archive.finalize()
  const pieces: Uint8Array[] = []
  for await (const piece of archive) pieces.push(piece as Uint8Array)
  return gzipSync(Buffer.concat(pieces), { level: 1 })
}

/** Makes one. Disposing ends and removes everything, guests included. */
export async function createQemuMachine(logger: Logger = silentLogger): Promise<QemuMachine> {
  const dir = await mkdtemp(join(tmpdir(), 'oak-vm-'))
  const namespace = `oaktest-${randomBytes(4).toString('hex')}`
  const netnsPath = `/run/netns/${namespace}`
  const make = (options?: Partial<QemuRuntimeOptions>) =>
    createQemuRuntime({
      dir: join(dir, 'qemu'),
      namespace,
      architecture: 'amd64',
      allowTcg: true,
      useKvm: false,
      clock: realClock,
      logger,
      ...options,
    })
  execFileSync('ip', ['netns', 'add', namespace])
  return {
    dir,
    netnsPath,
    namespace,
    runtime: make,
    spec: async (id, image, changes) => ({ ...(await sampleSpec(dir, id, image)), netnsPath, ...changes }),
    tinyImage: (task) => writeTiny(dir, task),
    [Symbol.asyncDispose]: async () => {
      await using runtime = await make()
      for (const { id } of await runtime.list()) await runtime.remove(id)
      if (existsSync(netnsPath)) execFileSync('ip', ['netns', 'delete', namespace])
      await removeGroups(namespace)
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The kernel that stands for a workload of the runtime contract. */
export function tinyTask(behaviour: Behaviour): TinyKernelTask {
  return behaviour.kind === 'oom' ? { kind: 'panic', text: PANIC } : behaviour
}

async function writeTiny(dir: string, task: TinyKernelTask): Promise<string> {
  const path = join(dir, `${task.kind}-${'code' in task ? task.code : ''}.tar.gz`)
  if (!existsSync(path)) await writeFile(path, await guestArchive({ kernel: tinyKernel(task) }))
  return `file://${path}`
}

async function removeGroups(namespace: string): Promise<void> {
  const { Cgroups } = await import('../containerd/cgroups.ts')
  const { observeCgroups } = await import('../containerd/spec/machine.ts')
  await new Cgroups(await observeCgroups(), `/${namespace}`, realClock).removeParent()
}

async function sampleSpec(dir: string, id: string, image: string): Promise<Omit<WorkloadSpec, 'netnsPath'>> {
  const stdoutPath = join(dir, 'output', `${id}.stdout`)
  const stderrPath = join(dir, 'output', `${id}.stderr`)
  await mkdir(join(dir, 'output'), { recursive: true })
  for (const path of [stdoutPath, stderrPath]) await writeFile(path, '', { flag: 'a' })
  const nothing = { labels: {}, command: [], environment: [], privileged: false, mounts: [] }
  return { id, revision: 1, image, hostname: id, stdoutPath, stderrPath, limits: { memoryBytes: TINY_MEMORY_BYTES }, ...nothing }
}
