export interface UntilOptions {
  readonly timeoutMs?: number
  readonly intervalMs?: number
}

/**
 * Waits for a state of the world, never for a time: polls `check` until it gives something truthy.
 * A throwing check counts as "not yet"; its last error is part of the failure.
 * @throws Error naming `what` and the last thing seen, after `timeoutMs` (default 10 s)
 */
export async function until<T>(what: string, check: () => T | Promise<T>, options: UntilOptions = {}): Promise<NonNullable<T>> {
  const { timeoutMs = 10_000, intervalMs = 20 } = options
  const end = performance.now() + timeoutMs
  let last: unknown
  do {
    try {
      const value = await check()
      if (value) return value
      last = value
    } catch (thrown) {
      last = thrown
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  } while (performance.now() < end)
  throw new Error(`gave up after ${timeoutMs} ms waiting until ${what}; last seen: ${describe(last)}`)
}

function describe(value: unknown): string {
  if (value instanceof Error) return value.message
  return JSON.stringify(value) ?? String(value)
}
