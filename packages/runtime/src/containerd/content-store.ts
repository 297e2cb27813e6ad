import { OakError } from '@oakestra/base'
import { KeyedMutex } from '../keyed-mutex.ts'
import { ContentDefinition, WriteAction } from './api.ts'
import type { ContainerdClient, DuplexCall } from './client.ts'
import { hasCode, ignoring } from './grpc/status.ts'

// containerd refuses messages above 16 MiB; beyond 1 MiB throughput no longer grows. `reference/dependencies.md` 3.3.
const CHUNK_BYTES = 1024 * 1024

type WriteCall = DuplexCall<(typeof ContentDefinition)['methods']['write']>

/** One blob to store. */
export interface BlobWrite {
  readonly digest: string
  readonly size: number
  /** The content from `offset` on. A source that can only begin at 0 says so by `canResume`. */
  open(offset: number): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>
  readonly canResume: boolean
  readonly labels?: Readonly<Record<string, string>>
  readonly lease: string
  readonly signal?: AbortSignal | undefined
}

/** containerd's content-addressed blobs. */
export class ContentStore {
  readonly #client: ContainerdClient
  readonly #writes = new KeyedMutex()

  constructor(client: ContainerdClient) {
    this.#client = client
  }

  /** Size of a blob, `undefined` when it is not there. */
  async sizeOf(digest: string, signal?: AbortSignal): Promise<number | undefined> {
    const answer = await this.#client.call(ContentDefinition, 'info', { digest }, { signal }).catch(ignoring('not-found'))
    return answer?.info ? Number(answer.info.size) : undefined
  }

  /**
   * A small blob, whole; `undefined` when it is not there.
   * @throws OakError `image-invalid` when it is longer than `bytesMax`
   */
  async read(digest: string, bytesMax: number, signal?: AbortSignal): Promise<Buffer | undefined> {
    const pieces: Uint8Array[] = []
    let length = 0
    try {
      for await (const { data } of this.#client.stream(ContentDefinition, 'read', { digest }, { signal, timeoutMs: 30_000 })) {
        length += data.length
        if (length > bytesMax) throw new OakError('image-invalid', `${digest} is longer than ${bytesMax} bytes`)
        pieces.push(data)
      }
    } catch (thrown) {
      return ignoring('not-found')(thrown)
    }
    return Buffer.concat(pieces)
  }

  /** Sets labels on a blob that is there. */
  async label(digest: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const paths = Object.keys(labels).map((key) => `labels.${key}`)
    await this.#client.call(ContentDefinition, 'update', { info: { digest, labels: { ...labels } }, updateMask: paths })
  }

  /**
   * Stores a blob, going on where an interrupted attempt ended. A blob that is there is only tied to the lease.
   * @throws OakError `image-invalid` when the content is not what size and digest say
   */
  write(blob: BlobWrite): Promise<void> {
    // Two writers of one blob would refuse each other.
    return this.#writes.run(blob.digest, () => this.#write(blob))
  }

  async #write(blob: BlobWrite): Promise<void> {
    const call = await this.#client.duplex(ContentDefinition, 'write', { lease: blob.lease, signal: blob.signal })
    try {
      await this.#converse(call, blob)
    } catch (thrown) {
      if (hasCode(thrown, 'already-exists')) return this.#relabel(blob)
      throw thrown
    } finally {
      call.cancel()
    }
  }

  /** containerd ties an existing blob to the lease, but leaves its labels. */
  async #relabel({ digest, labels }: BlobWrite): Promise<void> {
    if (labels && Object.keys(labels).length > 0) await this.label(digest, labels)
  }

  async #converse(call: WriteCall, blob: BlobWrite): Promise<void> {
    const ask = async (action: WriteAction, fields: { offset?: number; data?: Uint8Array; labels?: Record<string, string> } = {}) => {
      const { offset, ...rest } = fields
      const total = BigInt(blob.size)
      const position = offset === undefined ? {} : { offset: BigInt(offset) }
      await call.send({ action, ref: refOf(blob), total, expected: blob.digest, ...position, ...rest })
      return Number((await call.next()).offset)
    }
    const stored = await ask(WriteAction.STAT)
    // Writing at 0 throws away what an interrupted attempt left; a whole blob may be there from another namespace.
    let offset = (blob.canResume && stored < blob.size) || stored === blob.size ? stored : 0
    const isResumed = offset > 0
    const source = offset < blob.size ? await blob.open(offset) : []
    for await (const data of chunks(source)) {
      if (offset + data.length > blob.size) throw new OakError('image-invalid', `${blob.digest} is longer than its ${blob.size} bytes`)
      await ask(WriteAction.WRITE, { offset, data })
      offset += data.length
    }
    if (offset < blob.size) throw new OakError('unavailable', `${blob.digest} ended after ${offset} of ${blob.size} bytes`)
    await ask(WriteAction.COMMIT, { offset, labels: { ...blob.labels } }).catch((thrown: unknown) => this.#reject(thrown, blob, isResumed))
    call.end()
  }

  /** containerd refuses to commit what has another digest. What was stored cannot become this blob: it is thrown away. */
  async #reject(thrown: unknown, blob: BlobWrite, isResumed: boolean): Promise<never> {
    if (!hasCode(thrown, 'conflict')) throw thrown
    await this.#client.call(ContentDefinition, 'abort', { ref: refOf(blob) }).catch(() => undefined)
    // The part from an earlier attempt may be what is wrong: then another attempt helps.
    const code = isResumed ? 'unavailable' : 'image-invalid'
    throw new OakError(code, `the content of ${blob.digest} is not what its digest says`, { cause: thrown })
  }
}

function refOf(blob: BlobWrite): string {
  return `oakestra-${blob.digest}`
}

async function* chunks(source: AsyncIterable<Uint8Array> | readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    for (let at = 0; at < piece.length; at += CHUNK_BYTES) yield piece.subarray(at, at + CHUNK_BYTES)
  }
}
