import type { MetricFamily, MetricSample } from '@oakestra/base'

/** What a scraper is told it gets: Prometheus' text format, version 0.0.4. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Renders metrics as a scraper reads them. A family that two parts of a process share is said once, with the samples of both. */
export function renderMetrics(families: readonly MetricFamily[]): string {
  return mergedFamilies(families)
    .map(({ name, help, kind, samples }) => {
      const lines = samples.map((sample) => `${name}${renderLabels(sample)} ${renderNumber(sample.value)}\n`)
      return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${kind}\n${lines.join('')}`
    })
    .join('')
}

/** One family for each name; the first one's words count. */
export function mergedFamilies(families: readonly MetricFamily[]): readonly MetricFamily[] {
  const merged = new Map<string, MetricFamily>()
  for (const family of families) {
    const known = merged.get(family.name)
    merged.set(family.name, known ? { ...known, samples: [...known.samples, ...family.samples] } : family)
  }
  return [...merged.values()]
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
