import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { run } from './oak.ts'

const BUILD = path.resolve(import.meta.dirname, '../../images/build.ts')

/** The demo's images as archives, made out of programs of this machine; gone with the tests. */
export class Images implements AsyncDisposable {
  readonly #dir: string

  private constructor(dir: string) {
    this.#dir = dir
  }

  static async build(): Promise<Images> {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-images-'))
    const built = await run([process.execPath, '--import', 'tsx', BUILD, dir])
    if (built.code !== 0) throw new Error(`the images could not be built: ${built.stderr}`)
    return new Images(dir)
  }

  /** What a descriptor's `code` says to get this image. `box` is BusyBox with nothing to run. */
  code(name: 'box' | 'demo-web' | 'demo-client'): string {
    return `file://${this.#dir}/${name}.tar`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true })
  }
}
