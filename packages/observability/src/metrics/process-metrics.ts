import type { MetricFamily } from '@oakestra/base'
import { collectDefaultMetrics, Registry } from 'prom-client'

/** Reads memory, processor time, event loop and garbage collection of this process. */
export function createProcessMetrics(): () => Promise<readonly MetricFamily[]> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return async () => (await registry.getMetricsAsJSON()).flatMap(toFamily)
}

interface PromMetric {
  readonly name: string
  readonly help: string
  readonly type: unknown
  readonly values: readonly { readonly value: number; readonly labels: object; readonly metricName?: string }[]
}

/** Many numbers each, of which nobody here asks. */
const LEFT_OUT = /^nodejs_(heap_space|active)_/

/** Histograms are left out too. */
function toFamily(metric: PromMetric): MetricFamily[] {
  const kind = kindOf(metric.type)
  if (!kind || LEFT_OUT.test(metric.name)) return []
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
