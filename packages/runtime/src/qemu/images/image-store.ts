import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, type IdGenerator, type Logger, OakError } from '@oakestra/base'
import { lookAtArchive, type OpenArchive } from '../../containerd/images/archive-file.ts'
import { ProgressCounter } from '../../containerd/images/progress.ts'
import { SharedWork } from '../../containerd/images/shared-work.ts'
import type { ImageProgress } from '../../runtime.ts'
import type { GuestImage } from './guest-image.ts'
import { DIALECT_WORDS, KERNEL_HEAD_BYTES, type KernelKind, kernelKind } from './kernel-kind.ts'
import { type GuestReference, parseGuestReference } from './reference.ts'
import { KERNEL, type UnpackLimits, unpackGuest } from './unpack.ts'

type OnProgress = (progress: ImageProgress) => void

// Kept for quick starts; an instance has its own names for what it runs, so none of these is needed by anybody.
const IMAGES_KEPT = 16
const SCAN_BYTES = 1024 * 1024
const META = 'image.json'

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

/** Images of guests, by the digest of their archive: two addresses of one archive are one image. */
export class GuestImages {
  readonly #options: GuestImagesOptions
  readonly #work: SharedWork<ImageProgress, void>
  #cleared: Promise<void> | undefined

  constructor(options: GuestImagesOptions) {
    this.#options = options
    this.#work = new SharedWork((image, onProgress, signal) => this.#ensure(parseGuestReference(image), onProgress, signal))
  }

  /** See `Runtime.ensureImage`. @throws OakError `image-not-found`, `image-invalid`, `unavailable`, `aborted` */
  ensure(image: string, onProgress: OnProgress, signal?: AbortSignal): Promise<void> {
    return this.#work.join(image, onProgress, signal)
  }

  /** The image that `ensure` made present; `undefined` when it is not. */
  async find(image: string): Promise<GuestImage | undefined> {
    const reference = parseGuestReference(image)
    const digest = reference.sha256 ?? (await this.#source(reference))?.digest
    return digest === undefined ? undefined : this.#image(digest)
  }

  /** Calls off every download. */
  close(): void {
    this.#work.abortAll()
  }

  async #ensure(reference: GuestReference, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    await this.#clearAbandoned()
    const { sha256 } = reference
    if (sha256 && (await this.#image(sha256))) return
    const known = await this.#source(reference)
    const copy = known && (await this.#image(known.digest))
    const stamp = copy && !sha256 ? known.stamp : undefined
    const archive = await lookAtArchive(reference.archive, { stamp, logger: this.#options.logger, signal })
    if (!archive) return
    await this.#import(reference, archive, onProgress, signal)
  }

  async #import(reference: GuestReference, archive: OpenArchive, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const incoming = join(this.#path('incoming'), this.#options.ids.next())
    await mkdir(incoming, { recursive: true, mode: 0o755 })
    try {
      const digest = await this.#unpack(reference, archive, incoming, onProgress, signal)
      await this.#keep(digest, incoming)
      const { name } = reference.archive
      await this.#writeSource({ name, digest, stamp: archive.stamp })
    } finally {
      await rm(incoming, { recursive: true, force: true })
    }
    await this.#forgetOldest()
  }

  /** @returns digest of the archive */
  async #unpack(
    { sha256 }: GuestReference,
    archive: OpenArchive,
    dir: string,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<string> {
    const hash = createHash('sha256')
    const counter = new ProgressCounter('downloading', archive.bytesTotal, onProgress)
    const unpacked = await unpackGuest(hashed(counter.count(archive.open()), hash), { dir, limits: this.#options.limits, signal })
    const digest = hash.digest('hex')
    if (sha256 && sha256 !== digest)
      throw new OakError('image-invalid', `the archive is not what its checksum says: it has sha256 ${digest}, not ${sha256}`)
    const kernel = await lookAtKernel(join(dir, KERNEL))
    if (kernel.architecture !== this.#options.architecture)
      throw new OakError('image-invalid', `the kernel is for ${kernel.architecture}, this node is ${this.#options.architecture}`)
    await writeFile(join(dir, META), JSON.stringify({ kernel, ...unpacked }))
    return digest
  }

  /** Gives a complete image its place, unless it has one. */
  async #keep(digest: string, incoming: string): Promise<void> {
    if (await this.#image(digest)) return
    const dir = this.#imageDir(digest)
    await mkdir(this.#path('images'), { recursive: true, mode: 0o755 })
    // What is there without a description was never complete.
    await rm(dir, { recursive: true, force: true })
    await rename(incoming, dir)
  }

  async #image(digest: string): Promise<GuestImage | undefined> {
    const dir = this.#imageDir(digest)
    const meta = await readJson<Pick<GuestImage, 'kernel' | 'initrd' | 'hasFiles'>>(join(dir, META))
    if (!meta?.kernel) return undefined
    const now = this.#options.clock.wallMs() / 1000
    // By this time it is known which were not used for longest.
    await utimes(dir, now, now).catch(() => undefined)
    return { ...meta, digest, dir }
  }

  async #source(reference: GuestReference): Promise<SourceRecord | undefined> {
    const record = await readJson<SourceRecord>(this.#sourcePath(reference.archive.name))
    return record?.name === reference.archive.name && /^[0-9a-f]{64}$/.test(record.digest) ? record : undefined
  }

  async #writeSource(record: SourceRecord): Promise<void> {
    const path = this.#sourcePath(record.name)
    await mkdir(this.#path('sources'), { recursive: true, mode: 0o700 })
    await writeFile(`${path}.new`, JSON.stringify(record))
    await rename(`${path}.new`, path)
  }

  async #forgetOldest(): Promise<void> {
    const names = await readdir(this.#path('images'))
    const aged = await Promise.all(
      names.map(async (name) => ({ name, mtimeMs: (await statOrNothing(this.#imageDir(name)))?.mtimeMs ?? 0 })),
    )
    const surplus = aged.toSorted((a, b) => b.mtimeMs - a.mtimeMs).slice(IMAGES_KEPT)
    for (const { name } of surplus) await rm(this.#imageDir(name), { recursive: true, force: true })
  }

  /** Once: what an earlier agent was downloading when it ended. */
  #clearAbandoned(): Promise<void> {
    this.#cleared ??= rm(this.#path('incoming'), { recursive: true, force: true })
    return this.#cleared
  }

  #imageDir(digest: string): string {
    return join(this.#path('images'), digest)
  }

  #sourcePath(name: string): string {
    return join(this.#path('sources'), `${createHash('sha256').update(name).digest('hex')}.json`)
  }

  #path(part: 'images' | 'sources' | 'incoming'): string {
    return join(this.#options.dir, part)
  }
}

async function* hashed(source: AsyncIterable<Uint8Array>, hash: { update(piece: Uint8Array): unknown }): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    hash.update(piece)
    yield piece
  }
}

async function lookAtKernel(path: string): Promise<KernelKind> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(KERNEL_HEAD_BYTES)
    const { bytesRead } = await file.read(head, 0, KERNEL_HEAD_BYTES, 0)
    return kernelKind(
      head.subarray(0, bytesRead),
      await wordsIn(file.createReadStream({ start: 0, highWaterMark: SCAN_BYTES, autoClose: false })),
    )
  } finally {
    await file.close()
  }
}

/** Which of the words a file holds, wherever the pieces it is read in happen to end. */
async function wordsIn(pieces: AsyncIterable<Buffer>): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const overlap = Math.max(...DIALECT_WORDS.map((word) => word.length)) - 1
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const window = Buffer.concat([rest, piece])
    for (const word of DIALECT_WORDS) if (window.includes(word)) found.add(word)
    rest = window.subarray(-overlap)
  }
  return found
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch {
    // Not there, or cut short by a power cut: as if it had never been.
    return undefined
  }
}

function statOrNothing(path: string) {
  return stat(path).catch(() => undefined)
}
