import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, IdGenerator } from '@oakestra/base'
import type { GuestImage } from './guest-image.ts'

// Kept for quick starts; an instance has its own names for what it runs, so none of these is needed by anybody.
const IMAGES_KEPT = 16
const META = 'image.json'

/** What is known of an image beside where it is. */
export type ImageContent = Omit<GuestImage, 'digest' | 'dir'>

export interface ImageCacheOptions {
  readonly dir: string
  readonly clock: Clock
  readonly ids: IdGenerator
}

/** Images of guests on the disk, by their digest: complete ones, and as many as were used last. */
export class ImageCache {
  readonly #options: ImageCacheOptions
  #cleared: Promise<void> | undefined

  constructor(options: ImageCacheOptions) {
    this.#options = options
  }

  /** An image that is complete. */
  async get(digest: string): Promise<GuestImage | undefined> {
    const dir = this.#imageDir(digest)
    const content = await readJson<ImageContent>(join(dir, META))
    if (!content?.kernel) return undefined
    const now = this.#options.clock.wallMs() / 1000
    // By this time it is known which were not used for longest.
    await utimes(dir, now, now).catch(() => undefined)
    return { ...content, digest, dir }
  }

  /**
   * Keeps what `fill` puts into an empty directory; nothing of it, when that fails.
   * @returns the digest that `fill` gives the image
   */
  async add(fill: (dir: string) => Promise<{ readonly digest: string; readonly content: ImageContent }>): Promise<string> {
    const incoming = join(this.#path('incoming'), this.#options.ids.next())
    await mkdir(incoming, { recursive: true, mode: 0o755 })
    try {
      const { digest, content } = await fill(incoming)
      await writeFile(join(incoming, META), JSON.stringify(content))
      await this.#keep(digest, incoming)
      return digest
    } finally {
      await rm(incoming, { recursive: true, force: true })
      await this.#forgetOldest()
    }
  }

  /** Once: what an earlier agent was making when it ended. */
  clearAbandoned(): Promise<void> {
    this.#cleared ??= rm(this.#path('incoming'), { recursive: true, force: true })
    return this.#cleared
  }

  /** Gives a complete image its place, unless it has one. */
  async #keep(digest: string, incoming: string): Promise<void> {
    if (await this.get(digest)) return
    const dir = this.#imageDir(digest)
    await mkdir(this.#path('images'), { recursive: true, mode: 0o755 })
    // What is there without a description was never complete.
    await rm(dir, { recursive: true, force: true })
    await rename(incoming, dir)
  }

  async #forgetOldest(): Promise<void> {
    const names = await readdir(this.#path('images')).catch(() => [])
    const aged = await Promise.all(
      names.map(async (name) => ({ name, mtimeMs: (await stat(this.#imageDir(name)).catch(() => undefined))?.mtimeMs ?? 0 })),
    )
    const surplus = aged.toSorted((a, b) => b.mtimeMs - a.mtimeMs).slice(IMAGES_KEPT)
    for (const { name } of surplus) await rm(this.#imageDir(name), { recursive: true, force: true })
  }

  #imageDir(digest: string): string {
    return join(this.#path('images'), digest)
  }

  #path(part: 'images' | 'incoming'): string {
    return join(this.#options.dir, part)
  }
}

/** `undefined` when it is not there, or was cut short by a power cut: as if it had never been. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
