import type { ImageProgress } from './runtime.ts'

/** Root file systems of OCI images on this machine: for whoever runs an image otherwise than as a container. */
export interface RootFileSystems {
  /** See `Runtime.ensureImage`. */
  ensure(image: string, onProgress: (progress: ImageProgress) => void, signal?: AbortSignal): Promise<void>
  /** Digest of the unpacked layers of an image that is here; `undefined` when it is not. */
  find(image: string, signal?: AbortSignal): Promise<string | undefined>
  /**
   * Mounts it, read only, at an empty directory while `use` runs. After a crash the mount stays.
   * @param digest as `find` gives it
   */
  withMounted<T>(digest: string, dir: string, use: () => Promise<T>, signal?: AbortSignal): Promise<T>
}
