import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { OakError } from '@oakestra/base'
import type { Extract, Header } from 'tar-stream'
import type { ContentStore } from '../content-store.ts'
import { type Descriptor, isIndex, MANIFEST_BYTES_MAX, parseManifest } from './manifest.ts'
import type { BlobSource } from './source.ts'

// An archive comes from a stranger: what it may cost us is bounded before it is looked at.
const ENTRIES_MAX = 10_000
const BYTES_MAX = 64 * 1024 ** 3
const BLOB_NAME = /^(?:\.\/)?blobs\/sha256\/([0-9a-f]{64})$/
const INDEX_NAME = /^(?:\.\/)?index\.json$/
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])

export interface ArchiveWork {
  readonly content: ContentStore
  readonly lease: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads an OCI archive once, front to back, into containerd's blobs; nothing is written by a name that stands in it, and each
 * blob must have the digest it is named after. OCI image specification, "Image Layout".
 * @returns the index, which says where to begin
 * @throws OakError `image-invalid`
 */
export async function readArchive(
  archive: AsyncIterable<Uint8Array>,
  work: ArchiveWork,
): Promise<{ readonly descriptor: Descriptor; readonly bytes: Buffer }> {
  const { extract } = await import('tar-stream')
  const entries = extract()
  const feeding = feed(archive, entries)
  // The failure surfaces below, in the loop or after it; here it must only not count as unhandled.
  feeding.catch(() => undefined)
  let index: Buffer | undefined
  try {
    index = await storeEntries(entries, work)
    await feeding
  } catch (thrown) {
    entries.destroy()
    throw await archiveError(thrown, feeding)
  }
  if (!index) throw new OakError('image-invalid', 'the archive is not an OCI image: it has no index.json')
  return { descriptor: chooseImage(index), bytes: index }
}

/** The blobs that `readArchive` stored. */
export function storedBlobs(content: ContentStore): BlobSource {
  const missing = (descriptor: Descriptor) => new OakError('image-invalid', `the archive lacks ${descriptor.digest}`)
  return {
    document: async (descriptor, signal) => {
      const bytes = await content.read(descriptor.digest, MANIFEST_BYTES_MAX, signal)
      if (!bytes) throw missing(descriptor)
      return bytes
    },
    // What the archive had is there already and is not asked for again.
    open: async (descriptor) => {
      throw missing(descriptor)
    },
  }
}

/** The index names images; only one can be meant. Several entries are platforms of it. */
function chooseImage(bytes: Buffer): Descriptor {
  const index = parseManifest(bytes)
  if (!isIndex(index) || index.manifests.length === 0) throw new OakError('image-invalid', "the archive's index lists no image")
  return { mediaType: 'application/vnd.oci.image.index.v1+json', digest: '', size: bytes.length }
}

async function storeEntries(entries: Extract, work: ArchiveWork): Promise<Buffer | undefined> {
  let index: Buffer | undefined
  let count = 0
  let bytes = 0
  for await (const entry of entries) {
    const { header } = entry
    // Its type does not say what its documentation does: that it can be iterated.
    const pieces = entry as unknown as AsyncIterable<Uint8Array>
    count += 1
    bytes += header.size
    if (count > ENTRIES_MAX) throw new OakError('image-invalid', `the archive has more than ${ENTRIES_MAX} entries`)
    if (bytes > BYTES_MAX) throw new OakError('image-invalid', `the archive holds more than ${BYTES_MAX} bytes`)
    const digest = blobDigest(header)
    if (digest) await storeBlob(digest, header.size, pieces, work)
    else if (INDEX_NAME.test(header.name)) index = await readSmall(pieces)
    // Does nothing for what was read.
    entry.resume()
  }
  return index
}

function blobDigest({ name, type }: Header): string | undefined {
  const hex = type === 'file' ? BLOB_NAME.exec(name)?.[1] : undefined
  return hex && `sha256:${hex}`
}

function storeBlob(digest: string, size: number, entry: AsyncIterable<Uint8Array>, { content, lease, signal }: ArchiveWork): Promise<void> {
  return content.write({ digest, size, open: async () => entry, canResume: false, lease, signal })
}

async function readSmall(entry: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of entry) {
    length += piece.length
    if (length > MANIFEST_BYTES_MAX) throw new OakError('image-invalid', "the archive's index is too long")
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** Compression is told by the first bytes, not by a name. */
async function feed(archive: AsyncIterable<Uint8Array>, entries: Extract): Promise<void> {
  const iterator = archive[Symbol.asyncIterator]()
  const first = await iterator.next()
  const head = first.done ? Buffer.alloc(0) : Buffer.from(first.value)
  const whole = Readable.from(prepend(head, iterator))
  if (!head.subarray(0, 2).equals(GZIP_MAGIC)) return pipeline(whole, entries)
  const { createGunzip } = await import('node:zlib')
  return pipeline(whole, createGunzip(), entries)
}

async function* prepend(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** The first cause: a download that broke off makes the archive look malformed. */
async function archiveError(thrown: unknown, feeding: Promise<void>): Promise<unknown> {
  const fed = await feeding.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  if (thrown instanceof OakError) return thrown
  if (fed instanceof OakError) return fed
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new OakError('image-invalid', `the archive cannot be read: ${reason}`, { cause: thrown })
}
