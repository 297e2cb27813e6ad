import type { Usage } from '@oakestra/model'
import { z } from 'zod'
import { decimalText } from './formats.ts'

/** One measurement: percent of a machine for CPU, bytes for memory. */
export interface Sample {
  readonly atMs: number
  readonly value: number
}

/** What is known of an instance's consumption. Histories are oldest first. */
export interface InstanceUsage {
  readonly latest?: Usage
  readonly cpuHistory: readonly Sample[]
  readonly memoryHistory: readonly Sample[]
}

export const NO_USAGE: InstanceUsage = { cpuHistory: [], memoryHistory: [] }

/** Clients show the newest hundred. `reference/orchestration.md` 3.6. */
const HISTORY_LENGTH = 100

export const wireSampleSchema = z.object({ value: z.string(), timestamp: z.string() }).meta({ id: 'Sample' })
export type WireSample = z.infer<typeof wireSampleSchema>

export function toWireHistory(samples: readonly Sample[]): WireSample[] {
  return samples.slice(-HISTORY_LENGTH).map(({ atMs, value }) => ({ value: decimalText(value), timestamp: new Date(atMs).toISOString() }))
}
