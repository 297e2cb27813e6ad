interface Extent {
  readonly depth: number
  readonly values: number
}

/** How deep a JSON value is, and of how many values it consists. Counting stops beyond the limits. */
function measure(value: unknown, limits: Extent): Extent {
  let values = 0
  const depthOf = (at: unknown, depth: number): number => {
    values += 1
    if (typeof at !== 'object' || at === null || depth > limits.depth || values > limits.values) return depth
    let deepest = depth
    for (const part of Object.values(at)) deepest = Math.max(deepest, depthOf(part, depth + 1))
    return deepest
  }
  return { depth: depthOf(value, 0), values }
}

/** What is too large about a value, as a sentence without its subject; `undefined` for one that is not. */
export function excessOf(value: unknown, limits: Extent & { readonly bytes: number }): string | undefined {
  const { depth, values } = measure(value, limits)
  if (depth > limits.depth) return `may be nested ${limits.depth} levels deep`
  if (values > limits.values) return `may hold ${limits.values} values`
  if (Buffer.byteLength(JSON.stringify(value)) > limits.bytes) return `may have ${limits.bytes} bytes`
  return undefined
}
