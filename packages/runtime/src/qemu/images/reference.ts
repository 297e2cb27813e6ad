import { OakError } from '@oakestra/base'
import type { ArchiveReference } from '../../containerd/images/reference.ts'

/** Where a guest's archive is, and what it must be. */
export interface GuestReference {
  readonly archive: ArchiveReference
  /** Of the archive as it is served, in hex. */
  readonly sha256?: string
}

const CHECKSUM = /^#?sha256[=:]([0-9a-f]{64})$/i

/**
 * Reads what a descriptor calls a guest's image: the `http(s)` or `file` URL, or the absolute path, of an archive. A fragment
 * `#sha256=…` says what it must be; with it, the copy that is here is never doubted.
 * @throws OakError `image-invalid`
 */
export function parseGuestReference(image: string): GuestReference {
  const url = urlOf(image)
  const sha256 = checksumOf(url, image)
  url.hash = ''
  if (url.protocol === 'file:') return { archive: fileArchive(url, image), ...(sha256 && { sha256 }) }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new OakError('image-invalid', `'${image}' is not the http, https or file URL of an archive with a kernel`)
  return { archive: { kind: 'archive', location: { url }, name: url.href }, ...(sha256 && { sha256 }) }
}

/**
 * The archive for an architecture: upstream puts several into one text, with commas between them, in the order of the
 * descriptor's `arch` (`reference/worker.md` 7.1).
 * @throws OakError `image-invalid` when there is none
 */
export function guestImageFor(image: string, architectures: readonly string[], architecture: string): string {
  const images = image.split(',').map((one) => one.trim())
  if (images.length < 2) return image
  const chosen = images[architectures.indexOf(architecture)]
  if (chosen) return chosen
  throw new OakError('image-invalid', `of the ${images.length} archives none is for ${architecture}: arch says ${architectures.join(', ')}`)
}

function urlOf(image: string): URL {
  try {
    return image.startsWith('/') ? new URL(`file://${image}`) : new URL(image)
  } catch (cause) {
    throw new OakError('image-invalid', `'${image}' is not the URL of an archive with a kernel`, { cause })
  }
}

function checksumOf(url: URL, image: string): string | undefined {
  if (url.hash === '') return undefined
  const hex = CHECKSUM.exec(url.hash)?.[1]?.toLowerCase()
  if (hex) return hex
  throw new OakError('image-invalid', `'${image}' ends in something else than #sha256= and 64 hex digits`)
}

function fileArchive(url: URL, image: string): ArchiveReference {
  const path = decode(url.pathname, image)
  if (url.host !== '' || path.includes('\0') || path.split('/').includes('..'))
    throw new OakError('image-invalid', `'${image}' is not a plain path`)
  return { kind: 'archive', location: { path }, name: `file://${path}` }
}

function decode(path: string, image: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new OakError('image-invalid', `'${image}' is not a valid URL`, { cause })
  }
}
