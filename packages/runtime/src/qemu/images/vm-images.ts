import { copyFile, mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, type IdGenerator, OakError } from '@oakestra/base'
import { SharedWork } from '../../containerd/images/shared-work.ts'
import { mountPointsBelow } from '../../mount-points.ts'
import type { RootFileSystems } from '../../root-file-systems.ts'
import type { ImageProgress } from '../../runtime.ts'
import type { DiskMaker } from '../machine/disks.ts'
import { runProgram } from '../machine/run-program.ts'
import { findBootFiles } from './boot-files.ts'
import type { GuestImage, GuestImageSource } from './guest-image.ts'
import { ImageCache, type ImageContent } from './image-cache.ts'
import { kernelFor } from './look-at-kernel.ts'
import { KERNEL } from './unpack.ts'

type OnProgress = (progress: ImageProgress) => void

export interface VmImagesOptions {
  readonly dir: string
  /** In Go's words. */
  readonly architecture: string
  readonly rootFileSystems: RootFileSystems
  readonly disks: DiskMaker
  readonly clock: Clock
  readonly ids: IdGenerator
}

const INITRD = 'initrd'
const DISK = 'disk.img'
// Upstream's ways to name an image of a registry (`reference/worker.md` 5).
const UPSTREAM_SCHEME = /^(containers-docker:)?\/\//

/** Virtual machines out of OCI images: a kernel of theirs, and their root file system as a disk. By the digest of their layers. */
export class VmImages implements GuestImageSource {
  readonly #options: VmImagesOptions
  readonly #cache: ImageCache
  readonly #work: SharedWork<ImageProgress, void>
  #cleared: Promise<void> | undefined

  constructor(options: VmImagesOptions) {
    this.#options = options
    this.#cache = new ImageCache(options)
    this.#work = new SharedWork((image, onProgress, signal) => this.#ensure(image, onProgress, signal))
  }

  ensure(image: string, onProgress: OnProgress, signal?: AbortSignal): Promise<void> {
    return this.#work.join(image.replace(UPSTREAM_SCHEME, ''), onProgress, signal)
  }

  async find(image: string): Promise<GuestImage | undefined> {
    const digest = await this.#options.rootFileSystems.find(image.replace(UPSTREAM_SCHEME, ''))
    return digest === undefined ? undefined : this.#cache.get(hexOf(digest))
  }

  close(): void {
    this.#work.abortAll()
  }

  async #ensure(image: string, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    this.#cleared ??= this.#clearAbandoned()
    await this.#cleared
    const { rootFileSystems } = this.#options
    await rootFileSystems.ensure(image, onProgress, signal)
    const digest = await rootFileSystems.find(image, signal)
    // Removed by somebody else a moment ago.
    if (digest === undefined) throw new OakError('image-not-found', `the image ${image} is not on this node`, { retryable: true })
    if (await this.#cache.get(hexOf(digest))) return
    onProgress({ phase: 'unpacking', bytesDone: 0 })
    await this.#cache.add(async (dir) => ({ digest: hexOf(digest), content: await this.#convert(digest, dir, signal) }))
  }

  async #convert(digest: string, dir: string, signal: AbortSignal): Promise<ImageContent> {
    const { rootFileSystems, disks, architecture, ids } = this.#options
    const root = join(this.#mounts(), ids.next())
    await mkdir(root, { recursive: true, mode: 0o700 })
    const make = async () => {
      const { kernel, initrd } = await findBootFiles(root)
      await copyFile(join(root, 'boot', kernel), join(dir, KERNEL))
      if (initrd !== undefined) await copyFile(join(root, 'boot', initrd), join(dir, INITRD))
      const kind = await kernelFor(architecture, join(dir, KERNEL))
      await disks.make(root, join(dir, DISK))
      return { kernel: kind, hasFiles: false, disk: DISK, ...(initrd !== undefined && { initrd: INITRD }) }
    }
    try {
      return await rootFileSystems.withMounted(digest, root, make, signal)
    } finally {
      await rmdir(root).catch(() => undefined)
    }
  }

  async #clearAbandoned(): Promise<void> {
    await unmountBelow(this.#mounts())
    await this.#cache.clearAbandoned()
  }

  #mounts(): string {
    return mountsIn(this.#options.dir)
  }
}

/** Where root file systems are mounted; nothing there is ever removed with what is in it. */
export function mountsIn(dir: string): string {
  return join(dir, 'mounts')
}

/** Ends mounts that an agent that was killed left. */
export async function unmountBelow(dir: string): Promise<void> {
  for (const point of await mountPointsBelow(dir)) {
    await runProgram('umount', ['--lazy', point])
    await rmdir(point).catch(() => undefined)
  }
}

function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, '')
}
