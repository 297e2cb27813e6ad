/** Stands in for `node:util` in a page: what the shared packages use of it is not reached from here. */
export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
