import type { InstanceSpec } from '@oakestra/model'
import { sampleSpec } from './sample-spec.ts'

export const ID = sampleSpec().instanceId
export const OTHER = 'd'.repeat(24)
export const HOUR_MS = 3_600_000
export const YEAR_MS = 365 * 24 * HOUR_MS
export const health = {
  probe: { kind: 'http', port: 80, path: '/' },
  startDelayMs: 0,
  periodMs: 1_000,
  timeoutMs: 500,
  threshold: 3,
} as const

/** An instance that runs for ever. */
export function spec(changes: Partial<InstanceSpec> = {}): InstanceSpec {
  return sampleSpec({ image: 'fake://run', ports: [], ...changes })
}

/** Another one of the same service. */
export function other(changes: Partial<InstanceSpec> = {}): InstanceSpec {
  return spec({ instanceId: OTHER, number: 1, addresses: { v4: '10.30.0.3', v6: 'fdff::3' }, ...changes })
}

/** One that ends itself after so long a silence of its cluster. */
export function stopping(afterMs: number): InstanceSpec {
  return spec({ disconnect: { action: 'stop', afterMs, siteOnly: false } })
}
