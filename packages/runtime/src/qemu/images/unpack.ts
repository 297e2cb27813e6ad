import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { OakError, throwIfAborted } from '@oakestra/base'
import { extract, type Header } from 'tar-stream'

/** What an archive may cost us at most; it comes from a stranger. */
export interface UnpackLimits {
  /** Of the archive itself. */
  readonly archiveBytes: number
  /** Of everything in it. */
  readonly contentBytes: number
  readonly entries: number
  readonly nameBytes: number
}

/** Large enough for a kernel with a root file system beside it, small enough for the disk of a small node. */
export const UNPACK_LIMITS: UnpackLimits = {
  archiveBytes: 2 * 1024 ** 3,
  contentBytes: 8 * 1024 ** 3,
  entries: 50_000,
  // More than one component of a path may have, less than a whole path may.
  nameBytes: 1024,
}

export interface Unpacking {
  /** An empty directory. */
  readonly dir: string
  readonly limits: UnpackLimits
  readonly signal?: AbortSignal
}

/** What was found in an archive, by its name in the directory. */
export interface Unpacked {
  readonly initrd?: string
  readonly hasFiles: boolean
}

export const KERNEL = 'kernel'
export const FILES = 'files'
// Upstream's name first (`reference/worker.md` 7.1), then what people call it elsewhere.
const INITRD_NAMES: ReadonlySet<string> = new Set(['initramfs.cpio', 'initramfs.cpio.gz', 'initrd', 'initrd.img', 'initrd.gz'])
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])

/**
 * Unpacks a guest's archive (`reference/worker.md` 7.1): `kernel`, perhaps an initial RAM disk, perhaps `files/` or `files1/`.
 * Only plain files and directories, only below these names; anything else at the top is left out.
 * @throws OakError `image-invalid`, which says what is wrong with it; what was written stays behind
 */
export async function unpackGuest(archive: AsyncIterable<Uint8Array>, unpacking: Unpacking): Promise<Unpacked> {
  const entries = extract()
  const feeding = feed(limited(archive, unpacking.limits), entries)
  // It surfaces below; here it must only not count as unhandled.
  feeding.catch(() => undefined)
  const writer = new Writer(unpacking)
  try {
    for await (const entry of entries) {
      // Its type does not say what its documentation does: that it can be iterated.
      await writer.write(entry.header, entry as unknown as AsyncIterable<Uint8Array>)
      entry.resume()
    }
    await feeding
    return writer.result()
  } catch (thrown) {
    entries.destroy()
    throw await explained(thrown, feeding)
  }
}

/** Writes entries one after another and counts what they cost. */
class Writer {
  readonly #unpacking: Unpacking
  #entries = 0
  #bytes = 0
  #hasKernel = false
  #hasFiles = false
  #initrd: string | undefined

  constructor(unpacking: Unpacking) {
    this.#unpacking = unpacking
  }

  async write(header: Header, content: AsyncIterable<Uint8Array>): Promise<void> {
    const { dir, limits, signal } = this.#unpacking
    throwIfAborted(signal)
    this.#count(header, limits)
    const parts = partsOf(header, limits)
    const place = this.#placeOf(parts, header)
    if (!place) return
    const path = join(dir, ...place)
    if (header.type === 'directory') {
      await mkdir(path, { recursive: true, mode: 0o755 })
      return
    }
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    // Never over a file that is there: an archive that names one twice means mischief. A kernel that a power cut took half of
    // would be taken for the whole.
    const options = { flags: 'wx', mode: modeOf(header), flush: parts.length === 1 }
    await pipeline(content, createWriteStream(path, options), signal ? { signal } : {}).catch((thrown: unknown) => {
      if (isErrno(thrown, 'EEXIST')) throw new OakError('image-invalid', `the archive has ${header.name} twice`)
      throw thrown
    })
  }

  result(): Unpacked {
    if (!this.#hasKernel)
      throw new OakError('image-invalid', 'there is no kernel in the archive: it must hold a file named "kernel" at its top')
    return { hasFiles: this.#hasFiles, ...(this.#initrd !== undefined && { initrd: this.#initrd }) }
  }

  #count({ size, name }: Header, limits: UnpackLimits): void {
    this.#entries += 1
    this.#bytes += size ?? 0
    if (this.#entries > limits.entries) throw new OakError('image-invalid', `the archive has more than ${limits.entries} entries`)
    if (this.#bytes > limits.contentBytes)
      throw new OakError('image-invalid', `the archive holds more than ${limits.contentBytes} bytes: ${name} alone has ${size}`)
  }

  /** Where an entry goes; nowhere when nobody would look at it. */
  #placeOf(parts: readonly string[], { type, name }: Header): readonly string[] | undefined {
    const [top, ...below] = parts
    if (top === undefined) return undefined
    if (type !== 'file' && type !== 'directory')
      throw new OakError(
        'image-invalid',
        `${name} in the archive is a ${type ?? 'strange entry'}; only plain files and directories are taken`,
      )
    if (top === 'files' || top === 'files1') {
      this.#hasFiles = true
      return [FILES, ...below]
    }
    if (below.length > 0 || type !== 'file') return undefined
    if (top === KERNEL) this.#hasKernel = true
    else if (INITRD_NAMES.has(top)) this.#initrd = top
    else return undefined
    return [top]
  }
}

/** The components of a name, none of which leads out. */
function partsOf({ name }: Header, { nameBytes }: UnpackLimits): readonly string[] {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (Buffer.byteLength(name) > nameBytes || parts.some((part) => Buffer.byteLength(part) > 255))
    throw new OakError('image-invalid', `the archive has an entry with a name of ${Buffer.byteLength(name)} bytes`)
  if (name.startsWith('/') || parts.includes('..') || name.includes('\0'))
    throw new OakError('image-invalid', `the archive has an entry that leads out of it: ${JSON.stringify(name)}`)
  return parts
}

function modeOf({ mode }: Header): number {
  return mode & 0o111 ? 0o755 : 0o644
}

async function* limited(archive: AsyncIterable<Uint8Array>, { archiveBytes }: UnpackLimits): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of archive) {
    bytes += piece.length
    if (bytes > archiveBytes) throw new OakError('image-invalid', `the archive is larger than ${archiveBytes} bytes`)
    yield piece
  }
}

/** Compression is told by the first bytes, not by a name. */
async function feed(archive: AsyncGenerator<Uint8Array>, entries: NodeJS.WritableStream): Promise<void> {
  const first = await archive.next()
  const head = first.done ? Buffer.alloc(0) : Buffer.from(first.value)
  const whole = Readable.from(prepend(head, archive))
  if (head.subarray(0, 2).equals(GZIP_MAGIC)) return pipeline(whole, createGunzip(), entries)
  return pipeline(whole, entries)
}

async function* prepend(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head
  yield* rest
}

/** The first cause: a download that broke off makes the archive look malformed. */
async function explained(thrown: unknown, feeding: Promise<void>): Promise<unknown> {
  if (thrown instanceof OakError) return thrown
  const fed = await feeding.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  if (fed instanceof OakError) return fed
  if (isOfDisk(thrown)) return thrown
  const reason = fed instanceof Error ? fed.message : thrown instanceof Error ? thrown.message : String(thrown)
  return new OakError('image-invalid', `the archive cannot be read: ${reason}`, { cause: thrown })
}

/** A full disk is not the archive's fault. */
function isOfDisk(thrown: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'].some((code) => isErrno(thrown, code))
}

function isErrno(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code
}
