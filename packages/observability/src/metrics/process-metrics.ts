import type { Clock, MetricFamily } from '@oakestra/base'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { EventLoopLag } from './event-loop-lag.ts'

// The library's own look at the event loop: in 24 days, since it cannot be told never.
const NEVER_MS = 2 ** 31 - 1

/** Many numbers each, of which nobody here asks; histograms; and what is better known here. */
const LEFT_OUT = /^nodejs_(heap_space|active|gc|eventloop)_/

/** Reads memory, processor time and event loop of this process. */
export function createProcessMetrics(clock: Clock): () => Promise<readonly MetricFamily[]> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS })
  // What is not told is not measured either.
  for (const { name } of registry.getMetricsAsArray()) if (LEFT_OUT.test(name)) registry.removeSingleMetric(name)
  const lag = new EventLoopLag(clock)
  return async () => [...(await registry.getMetricsAsJSON()).flatMap(toFamily), ...lag.families()]
}

interface PromMetric {
  readonly name: string
  readonly help: string
  readonly type: unknown
  readonly values: readonly { readonly value: number; readonly labels: object; readonly metricName?: string }[]
}

function toFamily(metric: PromMetric): MetricFamily[] {
  const kind = kindOf(metric.type)
  if (!kind) return []
  const samples = metric.values.map(({ value, labels }) => ({ value, labels: textLabels(labels) }))
  return [{ name: metric.name, help: metric.help, kind, samples }]
}

function kindOf(type: unknown): MetricFamily['kind'] | undefined {
  // The library names types by words, though its own declaration says numbers.
  const word = String(type)
  return word === 'gauge' || word === 'counter' ? word : undefined
}

function textLabels(labels: object): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]))
}
