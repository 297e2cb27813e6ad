import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Clock, type IdGenerator, type Logger, randomIds } from '@oakestra/base'
import { Cgroups } from '../containerd/cgroups.ts'
import { observeCgroups } from '../containerd/spec/machine.ts'
import { UsageMeter } from '../containerd/usage-meter.ts'
import type { RootFileSystems } from '../root-file-systems.ts'
import type { Runtime } from '../runtime.ts'
import { InstanceStore } from './guest/instances.ts'
import { GuestKeeper } from './guest-keeper.ts'
import { GuestStarter } from './guest-starter.ts'
import { GuestImages } from './images/image-store.ts'
import { UNPACK_LIMITS, type UnpackLimits } from './images/unpack.ts'
import { VmImages } from './images/vm-images.ts'
import { findQemu } from './machine/accelerator.ts'
import { DiskMaker } from './machine/disks.ts'
import { remembered } from './machine/remembered.ts'
import { QemuRuntime } from './qemu-runtime.ts'

export interface QemuRuntimeOptions {
  /** The runtime's own directory: images and instances. */
  readonly dir: string
  /** Parent of the guests' control groups: one per agent on a machine. */
  readonly namespace: string
  /** Of this machine, in Go's words. */
  readonly architecture: string
  /** Guests may run where KVM does not: slowly. */
  readonly allowTcg: boolean
  /** False: guests run without KVM, also where it works. */
  readonly useKvm?: boolean
  /** False: it looks after what runs, and offers nothing to descriptors. */
  readonly isOffered?: boolean
  readonly clock: Clock
  readonly logger: Logger
  readonly ids?: IdGenerator
  /** Directories of programs, as in `PATH`. */
  readonly path?: string
  readonly limits?: UnpackLimits
  /** Given: guests are virtual machines out of OCI images, and no unikernels out of archives. */
  readonly rootFileSystems?: RootFileSystems
}

/** Words of `virtualization` that stand for guests out of archives, and out of OCI images: `crosvm` is upstream's. */
const UNIKERNELS = ['unikernel']
const VIRTUAL_MACHINES = ['vm', 'crosvm']
const PATH_DEFAULT = '/usr/local/bin:/usr/bin:/bin'
const BOOT_ID = '/proc/sys/kernel/random/boot_id'

/**
 * Runs unikernels and virtual machines as QEMU processes. QEMU need not be there: `check` says whether guests can be run.
 * Disposing leaves everything running.
 */
export async function createQemuRuntime(options: QemuRuntimeOptions): Promise<Runtime> {
  const {
    dir,
    namespace,
    architecture,
    allowTcg,
    useKvm = true,
    isOffered = true,
    clock,
    logger,
    ids = randomIds,
    limits = UNPACK_LIMITS,
    rootFileSystems,
  } = options
  const cgroupFacts = await observeCgroups()
  const cgroups = new Cgroups(cgroupFacts, `/${namespace}`, clock)
  const bootId = (await readFile(BOOT_ID, 'utf8')).trim()
  const path = options.path ?? process.env['PATH'] ?? PATH_DEFAULT
  const disks = new DiskMaker(path)
  const store = new InstanceStore(join(dir, 'instances'), disks)
  const common = { dir, architecture, clock, ids }
  const images = rootFileSystems ? new VmImages({ ...common, rootFileSystems, disks }) : new GuestImages({ ...common, limits, logger })
  const nameOf = (id: string) => `${shortHash(dir)}-${id}`
  const keeper = new GuestKeeper({ store, cgroups, clock, logger, bootId, nameOf })
  const qemu = remembered(async () => {
    if (rootFileSystems) disks.check()
    return findQemu({ architecture, allowTcg, useKvm, path })
  })
  const starter = new GuestStarter({ images, store, keeper, cgroups, cgroupFacts, clock, logger, bootId, nameOf, findQemu: qemu })
  const meter = new UsageMeter({ cgroups, snapshots: { diskBytes: async () => 0 }, clock, cpuCount: availableParallelism() })
  return new QemuRuntime({
    name: rootFileSystems ? 'qemu-vm' : 'qemu',
    virtualizations: isOffered ? (rootFileSystems ? VIRTUAL_MACHINES : UNIKERNELS) : [],
    clock,
    logger,
    images,
    keeper,
    starter,
    cgroups,
    meter,
    findQemu: qemu,
  })
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
