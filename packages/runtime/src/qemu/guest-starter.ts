import { readFile } from 'node:fs/promises'
import { type Clock, type Logger, OakError, throwIfAborted } from '@oakestra/base'
import type { Cgroups } from '../containerd/cgroups.ts'
import type { CgroupFacts } from '../containerd/spec/machine.ts'
import type { Workload, WorkloadSpec } from '../runtime.ts'
import { markOf } from '../workload-mark.ts'
import type { Accelerator, GuestPlan } from './guest/command-line.ts'
import type { GuestNetwork } from './guest/guest-network.ts'
import { type InstanceStore, userOf } from './guest/instances.ts'
import { kernelLine } from './guest/kernel-line.ts'
import { firstConversation, spawnQemu } from './guest/launch.ts'
import { guestOptions } from './guest/options.ts'
import type { GuestKeeper } from './guest-keeper.ts'
import type { GuestImage, GuestImageSource } from './images/guest-image.ts'
import type { QemuFacts } from './machine/accelerator.ts'
import { enterGroup } from './machine/groups.ts'
import { guestNetworkOf, leadToGuest, openGuestLink } from './machine/namespace.ts'

export interface GuestStarterOptions {
  readonly images: GuestImageSource
  readonly store: InstanceStore
  readonly keeper: GuestKeeper
  readonly cgroups: Cgroups
  readonly cgroupFacts: CgroupFacts
  readonly clock: Clock
  readonly logger: Logger
  readonly bootId: string
  readonly nameOf: (id: string) => string
  readonly findQemu: () => Promise<QemuFacts>
}

const MIB = 1024 * 1024
// A Linux guest needs this much to start (`reference/lab.md` 8); a unikernel touches only what it uses.
const MEMORY_MIB_DEFAULT = 128
// QEMU's own, beside the guest's: measured 90 MB with a busy network, and what translates processors.
const OVERHEAD_MIB: Readonly<Record<Accelerator, number>> = { kvm: 160, tcg: 256 }
// One thread per processor, and those that QEMU reads and writes files with.
const PIDS_MAX = 512

/** Makes a guest from nothing and starts it. */
export class GuestStarter {
  readonly #options: GuestStarterOptions

  constructor(options: GuestStarterOptions) {
    this.#options = options
  }

  /** @throws OakError `image-not-found` (retryable) unless the image was ensured; `bad-request`, `unavailable`; leaves what it began */
  async start(spec: WorkloadSpec, signal?: AbortSignal): Promise<Workload> {
    const { images, store, findQemu, clock } = this.#options
    const startMs = clock.monotonicMs()
    const image = await images.find(spec.image)
    // It was there a moment ago: fetching it again mends this.
    if (!image) throw new OakError('image-not-found', `the image ${spec.image} is not on this node`, { retryable: true })
    const qemu = await findQemu()
    const network = guestNetworkOf(spec.netnsPath)
    const nameserver = await nameserverOf(spec.mounts)
    const plan = guestPlan(spec, image, { ...qemu, network, nameserver, name: this.#options.nameOf(spec.id) })
    throwIfAborted(signal)
    const dir = await store.prepare(spec.id, image, spec.limits.storageBytes)
    return this.#launch(spec, { program: qemu.program, dir, plan, network, startMs }, signal)
  }

  /** In an order in which a crash at any point leaves a guest that runs and is known, or one that does not run. */
  async #launch(spec: WorkloadSpec, prepared: Prepared, signal?: AbortSignal): Promise<Workload> {
    const { store, keeper, clock, logger, bootId } = this.#options
    const { dir, network, plan, program, startMs } = prepared
    const { id, netnsPath, stdoutPath: consolePath } = spec
    const spawnMs = clock.monotonicMs()
    const tap = network && openGuestLink(netnsPath, network)
    const process = await spawnQemu({ program, dir, user: userOf(id), plan, consolePath, netnsPath, ...(tap !== undefined && { tap }) })
    // While QEMU gets ready, which takes longest, everything around it is made.
    const ready = firstConversation(dir, process, { clock, signal, ...keeper.handlers(id) })
    const qmp = await afterBoth(ready, this.#surround(spec, prepared, process.pid))
    const readyMs = clock.monotonicMs()
    keeper.listen(id, qmp)
    await store.write({ ...markOf(spec), consolePath, process, bootId })
    await qmp.call('cont')
    const phases = { filesMs: spawnMs - startMs, qemuMs: readyMs - spawnMs, recordMs: clock.monotonicMs() - readyMs }
    logger.debug('guest started', { instance: id, ...phases })
    return { ...markOf(spec), state: { state: 'running', pid: process.pid } }
  }

  async #surround(spec: WorkloadSpec, { network, plan }: Prepared, pid: number): Promise<void> {
    const { store, cgroups, cgroupFacts } = this.#options
    const { id, netnsPath, stdoutPath: consolePath } = spec
    const record = store.write({ ...markOf(spec), consolePath })
    const group = enterGroup(cgroupFacts, cgroups.pathOf(id), groupLimits(spec, plan), pid)
    await afterBoth(afterBoth(group, record), network ? leadToGuest(netnsPath, network) : Promise.resolve())
  }
}

/** What the first gives. A failure of either waits for the other: whoever clears away afterwards must be alone. */
async function afterBoth<Result>(first: Promise<Result>, second: Promise<unknown>): Promise<Result> {
  const [result, other] = await Promise.allSettled([first, second])
  if (result.status === 'rejected') throw result.reason
  if (other.status === 'rejected') throw other.reason
  return result.value
}

interface Prepared {
  readonly program: string
  readonly dir: string
  readonly plan: GuestPlan
  readonly network: GuestNetwork | undefined
  /** When the start was asked for, by the monotonic clock. */
  readonly startMs: number
}

interface Surroundings {
  readonly name: string
  readonly accelerator: Accelerator
  readonly network: GuestNetwork | undefined
  readonly nameserver: string | undefined
}

/** The first that the resolver's file of a container would name; a guest is told on its kernel's line. */
async function nameserverOf(mounts: WorkloadSpec['mounts']): Promise<string | undefined> {
  const source = mounts.find(({ target }) => target === '/etc/resolv.conf')?.source
  const text = source === undefined ? '' : await readFile(source, 'utf8').catch(() => '')
  return /^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/m.exec(text)?.[1]
}

function guestPlan(spec: WorkloadSpec, image: GuestImage, { name, accelerator, network, nameserver }: Surroundings): GuestPlan {
  const { kernel, initrd, disk, hasFiles } = image
  const hasDisk = disk !== undefined
  const { machine, dialect, environment } = guestOptions(kernel, spec.environment)
  const console = kernel.architecture === 'amd64' ? 'ttyS0' : 'ttyAMA0'
  const { command, hostname } = spec
  const common = { kernel, hasDisk, ...(network && { network }) }
  return {
    ...common,
    name,
    machine,
    accelerator,
    memoryMiB: spec.limits.memoryBytes ? Math.ceil(spec.limits.memoryBytes / MIB) : MEMORY_MIB_DEFAULT,
    vcpus: Math.max(1, Math.ceil(spec.limits.cpus ?? 1)),
    line: kernelLine({
      ...common,
      console,
      hostname,
      environment,
      command,
      ...(dialect && { dialect }),
      ...(nameserver && { nameserver }),
    }),
    hasInitrd: initrd !== undefined,
    hasFiles,
  }
}

/** The guest's memory is limited by its machine; the group holds QEMU to what it needs beside it. */
function groupLimits({ limits }: WorkloadSpec, { memoryMiB, accelerator }: GuestPlan) {
  const memoryBytes = (memoryMiB + OVERHEAD_MIB[accelerator]) * MIB
  return { memoryBytes, pids: PIDS_MAX, ...(limits.cpus !== undefined && { cpus: limits.cpus }) }
}
