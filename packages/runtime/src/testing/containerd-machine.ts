import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, realClock, silentLogger } from '@oakestra/base'
import { type ContainerRuntime, createContainerdRuntime } from '../containerd/create-runtime.ts'
import type { ContainerdRuntimeOptions } from '../containerd/options.ts'
import { ensureContainerd, stopPrivateContainerd } from '../private-containerd.ts'
import type { WorkloadSpec } from '../runtime.ts'
import { busyboxLayer } from './busybox.ts'
import { buildOciImage, type OciImageInput, ociArchive } from './oci-archive.ts'
import type { Behaviour } from './runtime-contract.ts'

const OOM_LIMIT_BYTES = 16 * 1024 * 1024

/** Why the tests that need containerd cannot run here; `undefined` when they can. */
export function containerdMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  const programs = ['containerd', 'containerd-shim-runc-v2', 'runc', 'ip', 'busybox']
  const directories = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin', '/sbin')
  const missing = programs.filter((program) => !directories.some((directory) => existsSync(join(directory, program))))
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined
}

/** A containerd of one's own in a directory of its own, with the box image and a network namespace. */
export interface ContainerdMachine extends AsyncDisposable {
  readonly dir: string
  readonly socketPath: string
  readonly boxImage: string
  /** containerd's namespace and the containers' parent group. */
  readonly namespace: string
  runtime(options?: Partial<ContainerdRuntimeOptions>): Promise<ContainerRuntime>
  /** A workload on the box image, with fresh empty files for what it prints. */
  spec(id: string, changes?: Partial<WorkloadSpec>): Promise<WorkloadSpec>
  /** Writes an image where `file://` finds it. @returns its name */
  image(name: string, input: Omit<OciImageInput, 'name'>): Promise<string>
}

/** Starts it. Disposing ends and removes everything, containers included. */
export async function createContainerdMachine(logger: Logger = silentLogger): Promise<ContainerdMachine> {
  const dir = await mkdtemp(join(tmpdir(), 'oak-rt-'))
  const tag = randomBytes(4).toString('hex')
  const namespace = `oaktest-${tag}`
  const netns = `oaktest-${tag}`
  const containerd = join(dir, 'containerd')
  const dispose = async () => {
    await stopPrivateContainerd({ dataDir: containerd, clock: realClock, logger })
    if (existsSync(`/run/netns/${netns}`)) execFileSync('ip', ['netns', 'delete', netns])
    await rm(dir, { recursive: true, force: true })
  }
  try {
    execFileSync('ip', ['netns', 'add', netns])
    const { socketPath } = await ensureContainerd({ dataDir: containerd, clock: realClock, logger, mode: 'private' })
    const image = (name: string, input: Omit<OciImageInput, 'name'>) => writeImage(dir, name, input)
    const boxImage = await image('box', { layers: [busyboxLayer()], config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'] } })
    const common = { socketPath, namespace, clock: realClock, logger }
    return {
      dir,
      socketPath,
      boxImage,
      namespace,
      image,
      runtime: (options) => createContainerdRuntime({ ...common, ...options }),
      spec: async (id, changes) => ({ ...(await sampleSpec(dir, id, boxImage)), netnsPath: `/run/netns/${netns}`, ...changes }),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (thrown) {
    await dispose()
    throw thrown
  }
}

/** The changes to a box workload that make it behave so. */
export function boxBehaviour(behaviour: Behaviour): Partial<WorkloadSpec> {
  switch (behaviour.kind) {
    case 'run':
      // As the first process of a container, a shell hears only what it traps.
      return { command: ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'] }
    case 'stubborn':
      return { command: ['/bin/sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] }
    case 'exit':
      return { command: ['/bin/sh', '-c', `exit ${behaviour.code}`] }
    case 'oom':
      return { command: ['tail', '/dev/zero'], limits: { memoryBytes: OOM_LIMIT_BYTES } }
  }
}

async function writeImage(dir: string, name: string, input: Omit<OciImageInput, 'name'>): Promise<string> {
  const path = join(dir, `${name}.tar`)
  await writeFile(path, await ociArchive(await buildOciImage({ ...input, name: `oakestra.local/${name}:1` })))
  return `file://${path}`
}

async function sampleSpec(dir: string, id: string, image: string): Promise<Omit<WorkloadSpec, 'netnsPath'>> {
  const stdoutPath = join(dir, 'output', `${id}.stdout`)
  const stderrPath = join(dir, 'output', `${id}.stderr`)
  await mkdir(join(dir, 'output'), { recursive: true })
  for (const path of [stdoutPath, stderrPath]) await writeFile(path, '', { flag: 'a' })
  const nothing = { labels: {}, command: [], environment: [], limits: {}, privileged: false, mounts: [] }
  return { id, revision: 1, image, hostname: id, stdoutPath, stderrPath, ...nothing }
}
