import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, type IdGenerator, type Logger, OakError } from '@oakestra/base'
import { lookAtArchive, type OpenArchive } from '../../containerd/images/archive-file.ts'
import { ProgressCounter } from '../../containerd/images/progress.ts'
import { SharedWork } from '../../containerd/images/shared-work.ts'
import type { ImageProgress } from '../../runtime.ts'
import type { GuestImage, GuestImageSource } from './guest-image.ts'
import { ImageCache, type ImageContent, readJson } from './image-cache.ts'
import { kernelFor } from './look-at-kernel.ts'
import { type GuestReference, parseGuestReference } from './reference.ts'
import { KERNEL, type UnpackLimits, unpackGuest } from './unpack.ts'

type OnProgress = (progress: ImageProgress) => void

export interface GuestImagesOptions {
  readonly dir: string
  /** In Go's words. */
  readonly architecture: string
  readonly limits: UnpackLimits
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly logger: Logger
}

/** What an address led to when it was last asked. */
interface SourceRecord {
  readonly name: string
  readonly digest: string
  readonly stamp: string
}

/** Images of guests out of archives, by the digest of their archive: two addresses of one archive are one image. */
export class GuestImages implements GuestImageSource {
  readonly #options: GuestImagesOptions
  readonly #cache: ImageCache
  readonly #work: SharedWork<ImageProgress, void>

  constructor(options: GuestImagesOptions) {
    this.#options = options
    this.#cache = new ImageCache(options)
    this.#work = new SharedWork((image, onProgress, signal) => this.#ensure(parseGuestReference(image), onProgress, signal))
  }

  ensure(image: string, onProgress: OnProgress, signal?: AbortSignal): Promise<void> {
    return this.#work.join(image, onProgress, signal)
  }

  async find(image: string): Promise<GuestImage | undefined> {
    const reference = parseGuestReference(image)
    const digest = reference.sha256 ?? (await this.#source(reference))?.digest
    return digest === undefined ? undefined : this.#cache.get(digest)
  }

  close(): void {
    this.#work.abortAll()
  }

  async #ensure(reference: GuestReference, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    await this.#cache.clearAbandoned()
    const { sha256 } = reference
    if (sha256 && (await this.#cache.get(sha256))) return
    const known = await this.#source(reference)
    const copy = known && (await this.#cache.get(known.digest))
    const stamp = copy && !sha256 ? known.stamp : undefined
    const archive = await lookAtArchive(reference.archive, { stamp, logger: this.#options.logger, signal })
    if (!archive) return
    const digest = await this.#cache.add((dir) => this.#unpack(reference, archive, dir, onProgress, signal))
    await this.#writeSource({ name: reference.archive.name, digest, stamp: archive.stamp })
  }

  async #unpack(
    { sha256 }: GuestReference,
    archive: OpenArchive,
    dir: string,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<{ readonly digest: string; readonly content: ImageContent }> {
    const { architecture, limits } = this.#options
    const hash = createHash('sha256')
    const counter = new ProgressCounter('downloading', archive.bytesTotal, onProgress)
    const unpacked = await unpackGuest(hashed(counter.count(archive.open()), hash), { dir, limits, signal })
    const digest = hash.digest('hex')
    if (sha256 && sha256 !== digest)
      throw new OakError('image-invalid', `the archive is not what its checksum says: it has sha256 ${digest}, not ${sha256}`)
    return { digest, content: { kernel: await kernelFor(architecture, join(dir, KERNEL)), ...unpacked } }
  }

  async #source(reference: GuestReference): Promise<SourceRecord | undefined> {
    const record = await readJson<SourceRecord>(this.#sourcePath(reference.archive.name))
    return record?.name === reference.archive.name && /^[0-9a-f]{64}$/.test(record.digest) ? record : undefined
  }

  async #writeSource(record: SourceRecord): Promise<void> {
    const path = this.#sourcePath(record.name)
    await mkdir(join(this.#options.dir, 'sources'), { recursive: true, mode: 0o700 })
    await writeFile(`${path}.new`, JSON.stringify(record))
    await rename(`${path}.new`, path)
  }

  #sourcePath(name: string): string {
    return join(this.#options.dir, 'sources', `${createHash('sha256').update(name).digest('hex')}.json`)
  }
}

async function* hashed(source: AsyncIterable<Uint8Array>, hash: { update(piece: Uint8Array): unknown }): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    hash.update(piece)
    yield piece
  }
}
