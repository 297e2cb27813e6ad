import { type IdGenerator, OakError } from '@oakestra/base'
import { runProgram } from '../qemu/machine/run-program.ts'
import type { RootFileSystems } from '../root-file-systems.ts'
import type { ImageProgress } from '../runtime.ts'
import type { SnapshotMount } from './api.ts'
import type { ImagePuller } from './images/puller.ts'
import { parseImageReference } from './images/reference.ts'
import type { ImageStore } from './images/store.ts'
import { type LeaseMaker, withLease } from './leases.ts'
import type { Snapshots } from './snapshots.ts'

export interface ContainerdRootFileSystemsOptions {
  readonly puller: ImagePuller
  readonly images: ImageStore
  readonly snapshots: Snapshots
  readonly leases: LeaseMaker
  readonly ids: IdGenerator
}

/** Images that containerd pulled and unpacked, seen as files. */
export class ContainerdRootFileSystems implements RootFileSystems {
  readonly #options: ContainerdRootFileSystemsOptions

  constructor(options: ContainerdRootFileSystemsOptions) {
    this.#options = options
  }

  ensure(image: string, onProgress: (progress: ImageProgress) => void, signal?: AbortSignal): Promise<void> {
    return this.#options.puller.ensure(image, onProgress, signal)
  }

  async find(image: string, signal?: AbortSignal): Promise<string | undefined> {
    return (await this.#options.images.find(parseImageReference(image).name, signal))?.config.chainId
  }

  withMounted<T>(digest: string, dir: string, use: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { snapshots, leases, ids } = this.#options
    const key = `view-${ids.next()}`
    return withLease(leases, async (lease) => {
      const mounts = await snapshots.view(key, digest, { lease, signal })
      try {
        return await mounted(mounts, dir, use)
      } finally {
        await snapshots.remove(key).catch(() => undefined)
      }
    })
  }
}

async function mounted<T>(mounts: readonly SnapshotMount[], dir: string, use: () => Promise<T>): Promise<T> {
  const [mount, ...more] = mounts
  // containerd's overlay is one mount; other snapshotters are not asked for (`ContainerdRuntimeOptions.snapshotter`).
  if (!mount || more.length > 0) throw new OakError('internal', `a root file system is ${mounts.length} mounts`)
  await program('mount', mountArguments(mount, dir))
  try {
    return await use()
  } finally {
    await program('umount', ['--lazy', dir])
  }
}

/** An image of one layer is no overlay but that layer's directory. */
function mountArguments({ type, source, options }: SnapshotMount, dir: string): readonly string[] {
  if (type === 'bind') return ['-o', 'bind,ro', source, dir]
  return ['-t', type, '-o', [...options.filter((option) => option !== 'ro'), 'ro'].join(), source, dir]
}

async function program(name: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(name, args)
  if (code !== 0) throw new OakError('unavailable', `a root file system cannot be mounted: ${name} says ${stderr.trim()}`)
}
