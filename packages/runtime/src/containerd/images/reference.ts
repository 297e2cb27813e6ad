import { OakError } from '@oakestra/base'
import { isDigest } from './digest.ts'

/** Where an image is, in a registry. */
export interface RegistryReference {
  readonly kind: 'registry'
  /** As in the name: `docker.io`, `registry.example:5000`. */
  readonly host: string
  readonly repository: string
  /** Tag or digest: what to ask the registry for. */
  readonly version: string
  readonly digest?: string
  /** The complete name, the same however it was abbreviated. */
  readonly name: string
}

/** An OCI archive: a file of this machine or something to download. */
export interface ArchiveReference {
  readonly kind: 'archive'
  readonly location: { readonly path: string } | { readonly url: URL }
  readonly name: string
}

export type ImageReference = RegistryReference | ArchiveReference

const ARCHIVE_SUFFIX = /\.(tar|tar\.gz|tgz|oci)$/
// distribution/reference: the grammar of names.
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^\w[\w.-]{0,127}$/
const HOST = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?$/
const NAME_LENGTH_MAX = 255

/**
 * Reads what a descriptor calls its image: an absolute path or `file:` URL, an `http(s)` URL of an archive, or a name in a
 * registry, abbreviated as people are used to (`nginx` is `docker.io/library/nginx:latest`).
 * @throws OakError `image-invalid`, which names the image
 */
export function parseImageReference(image: string): ImageReference {
  if (image.startsWith('/')) return fileReference(image, image)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(image)) return urlReference(image)
  return registryReference(image)
}

function urlReference(image: string): ImageReference {
  const { url, path } = parseUrl(image)
  if (url.protocol === 'file:') return fileReference(path, image)
  if (url.protocol === 'docker:') return registryReference(image.slice('docker://'.length))
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid(image, `has the unknown scheme '${url.protocol}'`)
  if (!ARCHIVE_SUFFIX.test(url.pathname)) throw invalid(image, 'is a URL but does not end in .tar, .tar.gz, .tgz or .oci')
  return { kind: 'archive', location: { url }, name: image }
}

function parseUrl(image: string): { readonly url: URL; readonly path: string } {
  try {
    const url = new URL(image)
    return { url, path: decodeURIComponent(url.pathname) }
  } catch (cause) {
    throw new OakError('image-invalid', `'${image}' is not a valid URL`, { cause })
  }
}

function fileReference(path: string, image: string): ArchiveReference {
  if (path.includes('\0') || path.split('/').includes('..')) throw invalid(image, 'is not a plain path')
  return { kind: 'archive', location: { path }, name: `file://${path}` }
}

function registryReference(image: string): RegistryReference {
  const [unversioned, digest] = split(image, '@')
  if (digest !== undefined && !isDigest(digest)) throw invalid(image, 'has a digest that is not sha256')
  const [host, rest] = splitHost(unversioned)
  const [path, tag] = split(rest, ':')
  const repository = host === 'docker.io' && !path.includes('/') ? `library/${path}` : path
  if (!HOST.test(host) || !REPOSITORY.test(repository) || repository.length > NAME_LENGTH_MAX) throw invalid(image, 'is not an image name')
  if (tag !== undefined && !TAG.test(tag)) throw invalid(image, `has the unusable tag '${tag}'`)
  const version = digest ?? tag ?? 'latest'
  // With a digest the tag says nothing any more: two spellings of one content are one image.
  const name = digest ? `${host}/${repository}@${digest}` : `${host}/${repository}:${version}`
  return { kind: 'registry', host, repository, version, name, ...(digest && { digest }) }
}

/** The first part is a registry when it could not be part of a Docker Hub name. */
function splitHost(name: string): [host: string, rest: string] {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const isHost = /[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase()
  if (!isHost) return ['docker.io', name]
  return [first === 'index.docker.io' ? 'docker.io' : first, name.slice(slash + 1)]
}

function split(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function invalid(image: string, what: string): OakError {
  return new OakError('image-invalid', `image '${image}' ${what}`)
}
