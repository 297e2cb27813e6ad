import { type IdGenerator, OakError } from '@oakestra/base'
import { DiffDefinition, type SnapshotMount, SnapshotsDefinition } from './api.ts'
import type { ContainerdClient } from './client.ts'
import { hasCode, ignoring } from './grpc/status.ts'
import type { Descriptor } from './images/manifest.ts'

// A layer of 1 GB takes ten seconds on a fast disk; a slow one gets an hour.
const UNPACK_TIMEOUT_MS = 60 * 60_000
// Removing a snapshot deletes its files before it answers.
const REMOVE_TIMEOUT_MS = 5 * 60_000

interface Work {
  readonly lease: string
  readonly signal?: AbortSignal | undefined
}

/** Root file systems: layers that are shared, and one writable top per container. */
export class Snapshots {
  readonly snapshotter: string
  readonly #client: ContainerdClient
  readonly #ids: IdGenerator

  constructor(options: { readonly client: ContainerdClient; readonly ids: IdGenerator; readonly snapshotter: string }) {
    this.#client = options.client
    this.#ids = options.ids
    this.snapshotter = options.snapshotter
  }

  async exists(key: string, signal?: AbortSignal): Promise<boolean> {
    const found = await this.#client
      .call(SnapshotsDefinition, 'stat', { snapshotter: this.snapshotter, key }, { signal })
      .catch(ignoring('not-found'))
    return found !== undefined
  }

  /** A writable snapshot on top of `parent`. An older one of this key, of a start that was interrupted, is replaced. */
  async prepare(key: string, parent: string, work: Work): Promise<readonly SnapshotMount[]> {
    const request = { snapshotter: this.snapshotter, key, parent }
    const ask = () => this.#client.call(SnapshotsDefinition, 'prepare', request, work)
    const answer = await ask().catch(async (thrown: unknown) => {
      if (!hasCode(thrown, 'already-exists')) throw thrown
      await this.remove(key, work.signal)
      return ask()
    })
    return answer.mounts
  }

  /** What to mount to see the files of `parent`, which nobody can change by it. */
  async view(key: string, parent: string, work: Work): Promise<readonly SnapshotMount[]> {
    const request = { snapshotter: this.snapshotter, key, parent }
    return (await this.#client.call(SnapshotsDefinition, 'view', request, work)).mounts
  }

  /** What to mount to see a container's files. */
  async mounts(key: string, signal?: AbortSignal): Promise<readonly SnapshotMount[]> {
    return (await this.#client.call(SnapshotsDefinition, 'mounts', { snapshotter: this.snapshotter, key }, { signal })).mounts
  }

  /** Removing what is not there is no error: the garbage collector may have been first. */
  async remove(key: string, signal?: AbortSignal): Promise<void> {
    const options = { signal, timeoutMs: REMOVE_TIMEOUT_MS }
    await this.#client.call(SnapshotsDefinition, 'remove', { snapshotter: this.snapshotter, key }, options).catch(ignoring('not-found'))
  }

  /** Bytes on disk that belong to this snapshot alone; 0 when it is gone. */
  async diskBytes(key: string, signal?: AbortSignal): Promise<number> {
    const answer = await this.#client
      .call(SnapshotsDefinition, 'usage', { snapshotter: this.snapshotter, key }, { signal })
      .catch(ignoring('not-found'))
    return Number(answer?.size ?? 0)
  }

  /**
   * Unpacks one stored layer on top of `parent` into the snapshot `name`.
   * @throws OakError `image-invalid` when the content is not `diffId`
   */
  async unpack(
    layer: Descriptor,
    place: { readonly diffId: string; readonly name: string; readonly parent: string },
    work: Work,
  ): Promise<void> {
    // A key of its own: two images that share a layer may unpack it at the same time, and the later one finds it done.
    const key = `extract-${this.#ids.next()} ${place.name}`
    const mounts = await this.prepare(key, place.parent, work)
    try {
      await this.#apply(layer, place.diffId, mounts, work)
      await this.#client.call(SnapshotsDefinition, 'commit', { snapshotter: this.snapshotter, name: place.name, key }, work)
    } catch (thrown) {
      await this.remove(key).catch(() => undefined)
      ignoring('already-exists')(thrown)
    }
  }

  async #apply(layer: Descriptor, diffId: string, mounts: readonly SnapshotMount[], work: Work): Promise<void> {
    const request = { diff: { ...layer }, mounts: [...mounts] }
    const answer = await this.#client.call(DiffDefinition, 'apply', request, { ...work, timeoutMs: UNPACK_TIMEOUT_MS })
    const applied = answer.applied?.digest
    if (applied !== diffId) throw new OakError('image-invalid', `layer ${layer.digest} unpacks to ${applied}, not to ${diffId}`)
  }
}
