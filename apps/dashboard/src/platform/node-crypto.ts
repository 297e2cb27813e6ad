/** Stands in for `node:crypto` in a page. Ids are made by root, so nothing here makes any. */
export function randomBytes(size: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(size))
}
