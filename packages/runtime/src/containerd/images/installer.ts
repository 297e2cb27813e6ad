import { OakError } from '@oakestra/base'
import type { ImageProgress } from '../../runtime.ts'
import type { ContentStore } from '../content-store.ts'
import type { Snapshots } from '../snapshots.ts'
import { type ImageConfig, parseImageConfig } from './config.ts'
import { chainIds, digestOf } from './digest.ts'
import { choosePlatform, type Descriptor, isIndex, type Manifest, type Platform, parseManifest } from './manifest.ts'
import { ProgressCounter } from './progress.ts'
import type { BlobSource } from './source.ts'

// More streams of one server do not make a link faster, but its other users slower.
const DOWNLOADS_AT_ONCE = 3
// An index of an index exists (attestations); deeper ones only as an attack.
const INDEX_DEPTH_MAX = 2

export interface InstallerOptions {
  readonly content: ContentStore
  readonly snapshots: Snapshots
  readonly platform: Platform
}

export interface InstallWork {
  readonly source: BlobSource
  readonly lease: string
  readonly signal?: AbortSignal | undefined
  readonly onProgress: (progress: ImageProgress) => void
}

interface Layer {
  readonly descriptor: Descriptor
  readonly diffId: string
  readonly name: string
  readonly parent: string
}

/** Brings an image's pieces into containerd and unpacks them. Knows nothing of names. */
export class ImageInstaller {
  readonly #options: InstallerOptions

  constructor(options: InstallerOptions) {
    this.#options = options
  }

  /**
   * @param top the manifest, or the index it is chosen from
   * @returns the manifest for this platform; with its record made under the same lease the image is complete
   */
  async install(top: { readonly descriptor: Descriptor; readonly bytes: Buffer }, work: InstallWork): Promise<Descriptor> {
    const { descriptor, bytes, manifest } = await this.#choose(top, work)
    const configBytes = await work.source.document(manifest.config, work.signal)
    const config = parseImageConfig(configBytes, this.#options.platform)
    if (config.diffIds.length !== manifest.layers.length) throw new OakError('image-invalid', 'the image has not as many layers as it says')
    await this.#storeDocuments({ descriptor, bytes, manifest, configBytes, config }, work)
    const missing = await this.#missingLayers(manifest, config, work)
    await this.#download(missing, work)
    await this.#unpack(missing, work)
    return descriptor
  }

  async #choose(top: { readonly descriptor: Descriptor; readonly bytes: Buffer }, work: InstallWork) {
    let { descriptor, bytes } = top
    for (let depth = 0; depth <= INDEX_DEPTH_MAX; depth += 1) {
      const manifest = parseManifest(bytes)
      if (!isIndex(manifest)) return { descriptor, bytes, manifest }
      descriptor = choosePlatform(manifest, this.#options.platform)
      bytes = await work.source.document(descriptor, work.signal)
    }
    throw new OakError('image-invalid', 'the index of the image lists too many further indexes')
  }

  /**
   * Manifest → configuration → snapshot: what containerd's collector follows from the image's record. The layers' blobs
   * are not part of it, so the compressed copy goes as soon as the lease ends: disks of edge nodes are small.
   */
  async #storeDocuments(
    image: { descriptor: Descriptor; bytes: Buffer; manifest: Manifest; configBytes: Buffer; config: ImageConfig },
    work: InstallWork,
  ): Promise<void> {
    const toSnapshot = { [`containerd.io/gc.ref.snapshot.${this.#options.snapshots.snapshotter}`]: image.config.chainId }
    await this.#storeDocument(image.configBytes, toSnapshot, work)
    await this.#storeDocument(image.bytes, { 'containerd.io/gc.ref.content.config': image.manifest.config.digest }, work)
  }

  #storeDocument(bytes: Buffer, labels: Readonly<Record<string, string>>, { lease, signal }: InstallWork): Promise<void> {
    const open = async () => toStream(bytes)
    return this.#options.content.write({ digest: digestOf(bytes), size: bytes.length, open, canResume: false, labels, lease, signal })
  }

  /** The layers above the highest snapshot that is there already. */
  async #missingLayers(manifest: Manifest, config: ImageConfig, work: InstallWork): Promise<readonly Layer[]> {
    const names = chainIds(config.diffIds)
    const layers = manifest.layers.map((descriptor, at) => ({
      descriptor,
      diffId: config.diffIds[at] ?? '',
      name: names[at] ?? '',
      parent: names[at - 1] ?? '',
    }))
    let present = layers.length
    while (present > 0 && !(await this.#options.snapshots.exists(names[present - 1] ?? '', work.signal))) present -= 1
    return layers.slice(present)
  }

  async #download(layers: readonly Layer[], work: InstallWork): Promise<void> {
    const bytesTotal = layers.reduce((sum, layer) => sum + layer.descriptor.size, 0)
    const counter = new ProgressCounter('downloading', bytesTotal, work.onProgress)
    const queue = [...layers]
    const failed = new AbortController()
    const signal = work.signal ? AbortSignal.any([work.signal, failed.signal]) : failed.signal
    const worker = async () => {
      for (let layer = queue.shift(); layer; layer = queue.shift()) await this.#downloadOne(layer.descriptor, counter, { ...work, signal })
    }
    const workers = Array.from({ length: DOWNLOADS_AT_ONCE }, () =>
      worker().catch((thrown: unknown) => {
        // The others would fill the disk for an image that is not going to be complete; theirs is not the reason.
        if (!failed.signal.aborted) failed.abort(thrown)
      }),
    )
    await Promise.all(workers)
    if (failed.signal.aborted) throw failed.signal.reason
  }

  #downloadOne(layer: Descriptor, counter: ProgressCounter, { source, lease, signal }: InstallWork): Promise<void> {
    const open = async (offset: number) => {
      counter.add(offset)
      return counter.count(await source.open(layer, offset, signal))
    }
    return this.#options.content.write({ digest: layer.digest, size: layer.size, open, canResume: true, lease, signal })
  }

  async #unpack(layers: readonly Layer[], work: InstallWork): Promise<void> {
    const bytesTotal = layers.reduce((sum, layer) => sum + layer.descriptor.size, 0)
    const counter = new ProgressCounter('unpacking', bytesTotal, work.onProgress)
    for (const layer of layers) {
      await this.#options.snapshots.unpack(layer.descriptor, layer, work)
      counter.add(layer.descriptor.size)
    }
  }
}

async function* toStream(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
