import { OakError } from '@oakestra/base'
import { isDigest } from './digest.ts'

// An image comes from a stranger. Real ones have under 130 layers (overlayfs mounts no more) and manifests of a few KB.
export const MANIFEST_BYTES_MAX = 4 * 1024 * 1024
const LAYERS_MAX = 127
const INDEX_ENTRIES_MAX = 1000
const BLOB_BYTES_MAX = 64 * 1024 ** 3

/** A piece of an image: where to find it and what it must be. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

/** One image for one platform. */
export interface Manifest {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

/** One image for several platforms. */
export interface ImageIndex {
  readonly manifests: readonly (Descriptor & { readonly platform?: Platform })[]
}

/** @throws OakError `image-invalid` saying what is wrong with it */
export function parseManifest(bytes: Uint8Array): Manifest | ImageIndex {
  const document = parseObject(bytes, 'manifest')
  if (Array.isArray(document['manifests'])) return parseIndex(document['manifests'])
  if (!Array.isArray(document['layers'])) throw invalid('the manifest lists neither layers nor platforms; is it of the old schema 1?')
  if (document['layers'].length > LAYERS_MAX) throw invalid(`the image has ${document['layers'].length} layers, more than ${LAYERS_MAX}`)
  return { config: parseDescriptor(document['config'], 'config'), layers: document['layers'].map(parseLayer) }
}

/** True for an index of several platforms. */
export function isIndex(manifest: Manifest | ImageIndex): manifest is ImageIndex {
  return 'manifests' in manifest
}

/**
 * The entry for a platform, or the only one there is.
 * @throws OakError `image-invalid` listing the platforms there are
 */
export function choosePlatform(index: ImageIndex, platform: Platform): Descriptor {
  const fitting = index.manifests.filter((entry) => entry.platform && fits(entry.platform, platform))
  // Several variants of arm: the newest this machine runs is listed last by custom, the exact one is preferred.
  const chosen = fitting.find((entry) => entry.platform?.variant === platform.variant) ?? fitting.at(-1)
  if (chosen) return chosen
  const unnamed = index.manifests.filter((entry) => !entry.platform)
  const [only] = unnamed
  if (only && unnamed.length === 1) return only
  const known = index.manifests.map((entry) => (entry.platform ? `${entry.platform.os}/${entry.platform.architecture}` : 'unnamed'))
  throw invalid(`the image is for ${known.join(', ') || 'no platform'}, this node is ${platform.os}/${platform.architecture}`)
}

/** Words of the image specification for this process's machine. */
export function platformOf(nodeArchitecture: string): Platform {
  const words: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }
  return { os: 'linux', architecture: words[nodeArchitecture] ?? nodeArchitecture }
}

/** Reads untrusted JSON that must be an object. */
export function parseObject(bytes: Uint8Array, what: string): Readonly<Record<string, unknown>> {
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new OakError('image-invalid', `the image's ${what} is not JSON`, { cause })
  }
  if (!isObject(document)) throw invalid(`the image's ${what} is not an object`)
  return document
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseIndex(entries: readonly unknown[]): ImageIndex {
  if (entries.length > INDEX_ENTRIES_MAX) throw invalid(`the image lists ${entries.length} platforms`)
  return { manifests: entries.map(parseIndexEntry) }
}

function parseIndexEntry(entry: unknown): Descriptor & { readonly platform?: Platform } {
  const descriptor = parseDescriptor(entry, 'manifest')
  const platform = isObject(entry) ? entry['platform'] : undefined
  if (!isObject(platform)) return descriptor
  const variant = typeof platform['variant'] === 'string' ? { variant: platform['variant'] } : {}
  return { ...descriptor, platform: { os: String(platform['os']), architecture: String(platform['architecture']), ...variant } }
}

function parseLayer(layer: unknown): Descriptor {
  const descriptor = parseDescriptor(layer, 'layer')
  if (/foreign|nondistributable/.test(descriptor.mediaType)) throw invalid('the image has a layer that may not be distributed')
  return descriptor
}

function parseDescriptor(value: unknown, what: string): Descriptor {
  if (!isObject(value)) throw invalid(`the image's ${what} is not described`)
  const { mediaType, digest, size } = value
  if (!isDigest(digest)) throw invalid(`the image's ${what} has no sha256 digest`)
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || size > BLOB_BYTES_MAX) {
    throw invalid(`the image's ${what} has no acceptable size`)
  }
  return { mediaType: typeof mediaType === 'string' ? mediaType : '', digest, size }
}

function fits(offered: Platform, wanted: Platform): boolean {
  return offered.os === wanted.os && offered.architecture === wanted.architecture
}

function invalid(message: string): OakError {
  return new OakError('image-invalid', message)
}
