import { type Logger, OakError } from '@oakestra/base'
import type { ImageProgress } from '../../runtime.ts'
import type { ContentStore } from '../content-store.ts'
import { hasCode } from '../grpc/status.ts'
import { type LeaseMaker, withLastingLease, withLease } from '../leases.ts'
import type { RegistryOptions } from '../options.ts'
import { readArchive, storedBlobs } from './archive.ts'
import { lookAtArchive, type OpenArchive } from './archive-file.ts'
import { digestOf } from './digest.ts'
import type { ImageInstaller } from './installer.ts'
import { ProgressCounter } from './progress.ts'
import { type ArchiveReference, parseImageReference, type RegistryReference } from './reference.ts'
import { endpointsOf, Registry } from './registry.ts'
import { SharedWork } from './shared-work.ts'
import type { ImageStore } from './store.ts'

const STAMP_LABEL = 'oakestra.io/archive-stamp'

export interface ImagePullerOptions {
  readonly leases: LeaseMaker
  readonly store: ImageStore
  readonly content: ContentStore
  readonly installer: ImageInstaller
  readonly registry: RegistryOptions
  readonly logger: Logger
}

type OnProgress = (progress: ImageProgress) => void

/** Makes images present, whatever they come from. */
export class ImagePuller {
  readonly #options: ImagePullerOptions
  readonly #pulls: SharedWork<ImageProgress, void>

  constructor(options: ImagePullerOptions) {
    this.#options = options
    this.#pulls = new SharedWork((image, onProgress, signal) => this.#ensure(image, onProgress, signal))
  }

  /** @throws OakError `image-not-found`, `image-invalid`, `unavailable`, `unauthenticated`, `aborted` */
  ensure(image: string, onProgress: OnProgress, signal?: AbortSignal): Promise<void> {
    return this.#pulls.join(image, onProgress, signal)
  }

  /** Calls off every pull. */
  close(): void {
    this.#pulls.abortAll()
  }

  async #ensure(image: string, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const reference = parseImageReference(image)
    if (reference.kind === 'archive') return this.#ensureArchive(reference, onProgress, signal)
    if (await this.#options.store.find(reference.name, signal)) return
    onProgress({ phase: 'resolving', bytesDone: 0 })
    await this.#pull(reference, onProgress, signal)
  }

  async #ensureArchive(reference: ArchiveReference, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const stored = await this.#options.store.find(reference.name, signal)
    const stamp = stored && (stored.labels[STAMP_LABEL] ?? '')
    const archive = await lookAtArchive(reference, { stamp, logger: this.#options.logger, signal })
    if (archive) await this.#import(reference, archive, onProgress, signal)
  }

  async #import(reference: ArchiveReference, archive: OpenArchive, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const { content, installer, leases, store } = this.#options
    const counter = new ProgressCounter('downloading', archive.bytesTotal, onProgress)
    await withLease(leases, async (lease) => {
      const top = await readArchive(counter.count(archive.open()), { content, lease, signal })
      // Everything is here: what the installer calls a download is not one.
      const onUnpack: OnProgress = (progress) => progress.phase === 'unpacking' && onProgress(progress)
      const target = await installer.install(top, { source: storedBlobs(content), lease, signal, onProgress: onUnpack })
      await store.record(reference.name, target, { [STAMP_LABEL]: archive.stamp })
    })
  }

  /** Tries mirrors first; what the registry itself answers is what counts. */
  async #pull(reference: RegistryReference, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    let failure: unknown = new OakError('unavailable', `no registry is configured for ${reference.name}`)
    for (const endpoint of endpointsOf(reference, this.#options.registry)) {
      try {
        return await this.#pullFrom(endpoint, reference, onProgress, signal)
      } catch (thrown) {
        failure = thrown
        if (hasCode(thrown, 'aborted')) break
        this.#options.logger.debug('image not pulled', { image: reference.name, endpoint: endpoint.host, err: thrown })
      }
    }
    throw failure
  }

  async #pullFrom(endpoint: URL, reference: RegistryReference, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const { installer, leases, registry, store } = this.#options
    const source = new Registry(endpoint, reference, registry)
    const top = await source.resolve(signal)
    const name = digestOf(reference.name).replace('sha256:', '')
    await withLastingLease(leases, name, async (lease) => {
      const target = await installer.install(top, { source, lease, signal, onProgress })
      await store.record(reference.name, target, {})
    })
  }
}
