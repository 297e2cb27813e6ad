import type { MetricFamily, MetricSample } from '@oakestra/base'
import { seriesId } from '../series/series.ts'

/** What a scraper is told it gets: Prometheus' text format, version 0.0.4. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Renders metrics as a scraper reads them. A family that two parts of a process share is said once, as `mergedFamilies` joins it. */
export function renderMetrics(families: readonly MetricFamily[]): string {
  return mergedFamilies(families)
    .map(({ name, help, kind, samples }) => {
      const lines = samples.map((sample) => `${name}${renderLabels(sample)} ${renderNumber(sample.value)}\n`)
      return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${kind}\n${lines.join('')}`
    })
    .join('')
}

/**
 * One family for each name; the first one's words count. Of a number that two parts know, the later one's counts: parts are asked
 * from the top down, and a cluster knows its nodes better than root, to whom it told of them.
 */
export function mergedFamilies(families: readonly MetricFamily[]): readonly MetricFamily[] {
  const byName = new Map<string, [MetricFamily, ...MetricFamily[]]>()
  for (const family of families) {
    const known = byName.get(family.name)
    if (known) known.push(family)
    else byName.set(family.name, [family])
  }
  return [...byName.values()].map((same) => (same.length === 1 ? same[0] : { ...same[0], samples: mergedSamples(same) }))
}

function mergedSamples(families: readonly MetricFamily[]): readonly MetricSample[] {
  const bySeries = new Map<string, MetricSample>()
  for (const { samples } of families) for (const sample of samples) bySeries.set(seriesId('', sample.labels), sample)
  return [...bySeries.values()]
}

function renderLabels({ labels }: MetricSample): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function renderNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
