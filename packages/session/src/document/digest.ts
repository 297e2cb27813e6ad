import { hash } from 'node:crypto'
import { type CanonicalValue, canonicalJson } from '@oakestra/base'
import type { DocumentItem } from '@oakestra/wire'

/** The digest of a document without items. */
export const EMPTY_DIGEST = '0'.repeat(32)

/** What one item adds to its document's digest: 128 bits of SHA-256 over its canonical form, in hex. */
export function itemHash(item: DocumentItem): string {
  // In one call, for this is done for every item at both ends.
  return hash('sha256', canonicalJson([item.id, item.kind, item.body as CanonicalValue]), 'hex').slice(0, 32)
}

/**
 * Adds an item to a digest, or takes it out: both are the same exclusive or. The digest does not depend on the
 * order of items and costs one step per change. It guards against mistakes; the connection guards against attackers.
 */
export function toggled(digest: string, hash: string): string {
  return (BigInt(`0x${digest}`) ^ BigInt(`0x${hash}`)).toString(16).padStart(32, '0')
}
