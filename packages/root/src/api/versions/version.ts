import { OakError } from '@oakestra/base'
import { Answered } from '../answered.ts'

/*
 * Objects that people edit have a version: a text that differs as soon as what can be edited differs, whoever changed it.
 * What is merely observed, such as a status, is no part of it. It is made from the content, so nothing has to count.
 */

/** An object with its version in the ETag header, where it is compared by what comes back in If-Match. */
export function answerVersioned(body: { readonly version?: string | undefined }): Answered {
  return new Answered(body, body.version === undefined ? {} : { etag: etagOf(body.version) })
}

export function etagOf(version: string): string {
  return `"${version}"`
}

/** Versions a caller accepts; undefined where any will do. */
export type IfMatch = readonly string[] | undefined

/**
 * Reads `If-Match: "a", "b"` (RFC 9110, 13.1.1). Weak ones count as well: a version is of the content, not of its bytes.
 * @throws OakError `bad-request`
 */
export function readIfMatch(header: string | undefined): IfMatch {
  if (header === undefined || header.trim() === '*') return undefined
  const versions = header.split(',').map((part) => /^(?:W\/)?"([\w.:-]{1,64})"$/.exec(part.trim())?.[1])
  if (versions.some((version) => version === undefined)) {
    throw new OakError('bad-request', 'the If-Match header must read: "<version>", as an ETag header gave it')
  }
  return versions.filter((version) => version !== undefined)
}

/**
 * Refuses a change of an object that somebody else has changed meanwhile. To be asked in the section that writes.
 * @throws OakError `conflict` with the present version
 */
export function requireVersion(ifMatch: IfMatch, version: string, what: string): void {
  if (ifMatch === undefined || ifMatch.includes(version)) return
  throw new OakError('conflict', `${what} was changed meanwhile: read it again, and decide whether your change still stands`, {
    details: { version },
  })
}
