import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { run } from './oak.ts'

/** A file system of a few megabytes that can be full. It is unmounted when it is disposed. */
export class SmallDisk implements AsyncDisposable {
  readonly dir: string

  private constructor(dir: string) {
    this.dir = dir
  }

  static async create(megabytes: number): Promise<SmallDisk> {
    const disk = new SmallDisk(await mkdtemp(path.join(os.tmpdir(), 'oak-disk-')))
    const mounted = await run(['mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'oak-e2e', disk.dir])
    if (mounted.code === 0) return disk
    await rm(disk.dir, { recursive: true, force: true })
    throw new Error(`no file system could be mounted: ${mounted.stderr}`)
  }

  /** Writes until nothing more fits. */
  async fill(): Promise<void> {
    // It ends with an error, which is the point.
    await run(['dd', 'if=/dev/zero', `of=${this.#ballast}`, 'bs=4096'])
  }

  async makeRoom(): Promise<void> {
    await rm(this.#ballast, { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const unmounted = await run(['umount', this.dir])
    if (unmounted.code !== 0) await run(['umount', '--lazy', this.dir])
    await rm(this.dir, { recursive: true, force: true })
  }

  get #ballast(): string {
    return path.join(this.dir, 'ballast')
  }
}
