import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Clock, type IdGenerator, type Logger, randomIds } from '@oakestra/base'
import { Cgroups } from '../containerd/cgroups.ts'
import { observeCgroups } from '../containerd/spec/machine.ts'
import { UsageMeter } from '../containerd/usage-meter.ts'
import type { Runtime } from '../runtime.ts'
import { InstanceStore } from './guest/instances.ts'
import { GuestKeeper } from './guest-keeper.ts'
import { GuestStarter } from './guest-starter.ts'
import { GuestImages } from './images/image-store.ts'
import { UNPACK_LIMITS, type UnpackLimits } from './images/unpack.ts'
import { findQemu } from './machine/accelerator.ts'
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
}

/** Words of `virtualization` that stand for guests. */
const VIRTUALIZATIONS = ['unikernel']
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
  } = options
  const cgroupFacts = await observeCgroups()
  const cgroups = new Cgroups(cgroupFacts, `/${namespace}`, clock)
  const bootId = (await readFile(BOOT_ID, 'utf8')).trim()
  const store = new InstanceStore(join(dir, 'instances'))
  const images = new GuestImages({ dir, architecture, limits, clock, ids, logger })
  const nameOf = (id: string) => `${shortHash(dir)}-${id}`
  const keeper = new GuestKeeper({ store, cgroups, clock, logger, bootId, nameOf })
  const path = options.path ?? process.env['PATH'] ?? PATH_DEFAULT
  const qemu = remembered(() => findQemu({ architecture, allowTcg, useKvm, path }))
  const starter = new GuestStarter({ images, store, keeper, cgroups, cgroupFacts, clock, bootId, nameOf, findQemu: qemu })
  const meter = new UsageMeter({ cgroups, snapshots: { diskBytes: async () => 0 }, clock, cpuCount: availableParallelism() })
  return new QemuRuntime({
    virtualizations: isOffered ? VIRTUALIZATIONS : [],
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
