import { OakError } from '@oakestra/base'
import { ImagesDefinition } from '../api.ts'
import type { ContainerdClient } from '../client.ts'
import type { ContentStore } from '../content-store.ts'
import { hasCode, ignoring } from '../grpc/status.ts'
import type { Snapshots } from '../snapshots.ts'
import { type ImageConfig, parseImageConfig } from './config.ts'
import { choosePlatform, type Descriptor, isIndex, MANIFEST_BYTES_MAX, type Manifest, type Platform, parseManifest } from './manifest.ts'

// A node runs a few dozen different images; a configuration is some KB.
const CONFIGS_CACHED_MAX = 64

/** An image that is complete: recorded, described and unpacked. */
export interface StoredImage {
  readonly name: string
  readonly config: ImageConfig
  readonly labels: Readonly<Record<string, string>>
}

export interface ImageStoreOptions {
  readonly client: ContainerdClient
  readonly content: ContentStore
  readonly snapshots: Snapshots
  readonly platform: Platform
}

/** containerd's list of images, and what they say about themselves. */
export class ImageStore {
  readonly #options: ImageStoreOptions
  /** By digest of the manifest, so never stale. */
  readonly #configs = new Map<string, ImageConfig>()

  constructor(options: ImageStoreOptions) {
    this.#options = options
  }

  /** `undefined` unless everything needed to start a container of it is here. */
  async find(name: string, signal?: AbortSignal): Promise<StoredImage | undefined> {
    const { client, snapshots } = this.#options
    const answer = await client.call(ImagesDefinition, 'get', { name }, { signal }).catch(ignoring('not-found'))
    const digest = answer?.image?.target?.digest
    if (!answer?.image || !digest) return undefined
    const config = await this.#configOf(digest, signal)
    if (!config || !(await snapshots.exists(config.chainId, signal))) return undefined
    return { name, config, labels: answer.image.labels }
  }

  /** Gives a complete image its name, taking it from an older one. */
  async record(name: string, target: Descriptor, labels: Readonly<Record<string, string>>): Promise<void> {
    const { client } = this.#options
    const image = { name, target: { ...target }, labels: { ...labels } }
    await client.call(ImagesDefinition, 'create', { image }).catch(async (thrown: unknown) => {
      if (!hasCode(thrown, 'already-exists')) throw thrown
      await client.call(ImagesDefinition, 'update', { image, updateMask: ['target', 'labels'] })
    })
  }

  async #configOf(digest: string, signal?: AbortSignal): Promise<ImageConfig | undefined> {
    const cached = this.#configs.get(digest)
    if (cached) return cached
    const config = await this.#readConfig(digest, signal).catch((thrown: unknown) => {
      // Whatever made this record, we cannot use it: fetching the image anew replaces it.
      if (hasCode(thrown, 'image-invalid')) return undefined
      throw thrown
    })
    if (config) this.#remember(digest, config)
    return config
  }

  async #readConfig(digest: string, signal?: AbortSignal): Promise<ImageConfig | undefined> {
    const manifest = await this.#readManifest(digest, signal)
    const bytes = manifest && (await this.#options.content.read(manifest.config.digest, MANIFEST_BYTES_MAX, signal))
    return bytes && parseImageConfig(bytes, this.#options.platform)
  }

  /** Other programs record the index of all platforms. */
  async #readManifest(digest: string, signal?: AbortSignal): Promise<Manifest | undefined> {
    const { content, platform } = this.#options
    const bytes = await content.read(digest, MANIFEST_BYTES_MAX, signal)
    const document = bytes && parseManifest(bytes)
    if (!document || !isIndex(document)) return document
    const chosen = await content.read(choosePlatform(document, platform).digest, MANIFEST_BYTES_MAX, signal)
    const manifest = chosen && parseManifest(chosen)
    if (manifest && isIndex(manifest)) throw new OakError('image-invalid', 'the index of the image lists further indexes')
    return manifest
  }

  #remember(digest: string, config: ImageConfig): void {
    const [oldest] = this.#configs.keys()
    if (this.#configs.size >= CONFIGS_CACHED_MAX && oldest !== undefined) this.#configs.delete(oldest)
    this.#configs.set(digest, config)
  }
}
