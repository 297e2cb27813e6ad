import type { MetricFamily, MetricSample } from './types.ts'

/** Samples of a metric; none when nobody measures it. Those that are not known yet, which JSON says as null, are left out. */
export function samplesOf(families: readonly MetricFamily[], name: string): readonly MetricSample[] {
  const samples = families.find((family) => family.name === name)?.samples ?? []
  return samples.filter(({ value }) => Number.isFinite(value))
}

/** The sum over the samples with these labels; undefined without any. */
export function sumOf(families: readonly MetricFamily[], name: string, where: Readonly<Record<string, string>> = {}): number | undefined {
  const matching = samplesOf(families, name).filter(({ labels }) => Object.entries(where).every(([key, value]) => labels[key] === value))
  return matching.length === 0 ? undefined : matching.reduce((sum, { value }) => sum + value, 0)
}

/** How long something has gone on: two units at most. */
export function spanText(spanMs: number): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1_000))
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const
  const first = units.findIndex(([, size]) => seconds >= size)
  if (first < 0) return '0 s'
  let rest = seconds
  const parts = units.slice(first, first + 2).map(([unit, size]) => {
    const amount = Math.floor(rest / size)
    rest -= amount * size
    return amount === 0 ? '' : `${amount} ${unit}`
  })
  return parts.filter((part) => part !== '').join(' ')
}
