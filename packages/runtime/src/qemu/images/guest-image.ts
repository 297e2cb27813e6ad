import type { KernelKind } from './kernel-kind.ts'

/** A guest's image, unpacked on this machine. */
export interface GuestImage {
  /** Of the archive, in hex. */
  readonly digest: string
  readonly dir: string
  readonly kernel: KernelKind
  /** File name of the initial RAM disk. */
  readonly initrd?: string
  /** There is a directory for the guest to share. */
  readonly hasFiles: boolean
}
