import type { ImageProgress } from '../../runtime.ts'
import type { KernelKind } from './kernel-kind.ts'

/** A guest's image, unpacked on this machine. */
export interface GuestImage {
  /** Of the archive or of the unpacked layers, in hex. */
  readonly digest: string
  readonly dir: string
  readonly kernel: KernelKind
  /** File name of the initial RAM disk. */
  readonly initrd?: string
  /** File name of the root file system, as a disk. */
  readonly disk?: string
  /** There is a directory for the guest to share. */
  readonly hasFiles: boolean
}

/** Where guests' images come from. */
export interface GuestImageSource {
  /** See `Runtime.ensureImage`. @throws OakError `image-not-found`, `image-invalid`, `unavailable`, `aborted` */
  ensure(image: string, onProgress: (progress: ImageProgress) => void, signal?: AbortSignal): Promise<void>
  /** The image that `ensure` made present; `undefined` when it is not. */
  find(image: string): Promise<GuestImage | undefined>
  /** Calls off every download. */
  close(): void
}
