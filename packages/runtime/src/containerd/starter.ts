import { OakError } from '@oakestra/base'
import type { Workload, WorkloadSpec } from '../runtime.ts'
import { markOf } from '../workload-mark.ts'
import type { SnapshotMount } from './api.ts'
import type { Cgroups } from './cgroups.ts'
import type { Containers } from './containers.ts'
import { hasCode } from './grpc/status.ts'
import { parseImageReference } from './images/reference.ts'
import type { ImageStore, StoredImage } from './images/store.ts'
import { type LeaseMaker, withLease } from './leases.ts'
import type { Snapshots } from './snapshots.ts'
import type { MachineFacts } from './spec/machine.ts'
import { type OciSpec, planOciSpec, processArguments } from './spec/oci-spec.ts'
import { privilegedDevices } from './spec/privileged-devices.ts'
import { rootFileReader } from './spec/root-files.ts'
import { resolveUser } from './spec/user.ts'
import type { Tasks } from './tasks.ts'

export interface StarterOptions {
  readonly leases: LeaseMaker
  readonly images: ImageStore
  readonly snapshots: Snapshots
  readonly containers: Containers
  readonly tasks: Tasks
  readonly cgroups: Cgroups
  readonly machine: MachineFacts
  readonly pidsDefault: number
  readonly ociRuntime: string | undefined
}

// How runc says that the program itself is at fault; trying again does not help.
const NOT_EXECUTABLE = /exec: "|exec format error|executable file not found|no such file or directory: unknown$|permission denied: unknown$/

/** Makes a container from nothing and starts it. */
export class Starter {
  readonly #options: StarterOptions

  constructor(options: StarterOptions) {
    this.#options = options
  }

  /** @throws OakError `image-not-found` (retryable) unless the image was ensured; `bad-request` when its program cannot be run */
  async start(workload: WorkloadSpec, signal?: AbortSignal): Promise<Workload> {
    const image = await this.#image(workload.image, signal)
    if (processArguments(workload.command, image.config).length === 0) {
      throw new OakError('bad-request', `the image ${workload.image} says nothing about what to run, and the service has no command`)
    }
    const pid = await withLease(this.#options.leases, (lease) => this.#build(workload, image, lease, signal))
    return { ...markOf(workload), state: { state: 'running', pid } }
  }

  async #image(name: string, signal?: AbortSignal): Promise<StoredImage> {
    const image = await this.#options.images.find(parseImageReference(name).name, signal)
    // It was there a moment ago: fetching it again mends this.
    if (!image) throw new OakError('image-not-found', `the image ${name} is not on this node`, { retryable: true })
    return image
  }

  async #build(workload: WorkloadSpec, image: StoredImage, lease: string, signal?: AbortSignal): Promise<number> {
    const { snapshots, containers, tasks, ociRuntime } = this.#options
    const rootfs = await snapshots.prepare(workload.id, image.config.chainId, { lease, signal })
    const spec = await this.#plan(workload, image, rootfs)
    const { stopSignal } = image.config
    await containers.create(
      { workload, spec, imageName: image.name, snapshotter: snapshots.snapshotter, stopSignal, ociRuntime, lease },
      signal,
    )
    try {
      await tasks.create({ id: workload.id, rootfs, stdoutPath: workload.stdoutPath, stderrPath: workload.stderrPath, ociRuntime }, signal)
      return await tasks.start(workload.id, signal)
    } catch (thrown) {
      throw explained(thrown, workload)
    }
  }

  async #plan(workload: WorkloadSpec, image: StoredImage, rootfs: readonly SnapshotMount[]): Promise<OciSpec> {
    const { machine, cgroups, pidsDefault } = this.#options
    return planOciSpec({
      workload,
      image: image.config,
      user: await resolveUser(image.config.user, rootFileReader(rootfs)),
      machine,
      cgroupsPath: cgroups.pathOf(workload.id),
      pidsDefault,
      devices: workload.privileged ? await privilegedDevices() : [],
    })
  }
}

function explained(thrown: unknown, workload: WorkloadSpec): unknown {
  if (hasCode(thrown, 'unavailable', 'aborted')) return thrown
  if (!(thrown instanceof Error) || !NOT_EXECUTABLE.test(thrown.message)) return thrown
  const reason = thrown.message.replace(/^.*?(?=exec)/s, '').replace(/: unknown$/, '')
  return new OakError('bad-request', `${workload.image} cannot be run: ${reason}`, { cause: thrown })
}
