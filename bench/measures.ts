/** One measured thing: raw values, so that a reader can ask another question of them later. */
export interface Measure {
  readonly bench: string
  readonly what: string
  readonly unit: 'ms' | 'MB' | '% of a core' | 'kB'
  readonly values: readonly number[]
  /** The number we want to reach, where there is one. */
  readonly reach?: string
}

/** The value that `fraction` of all values do not exceed; the greatest of few values for a high fraction. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** Measures as a table in Markdown, readable in a terminal as well. */
export function renderMeasures(measures: readonly Measure[]): string {
  const rows = measures.map((measure) => {
    const spread = measure.values.length > 1 ? `${round(percentile(measure.values, 0.95))} (of ${measure.values.length})` : ''
    return `| ${measure.what} | ${round(median(measure.values))} ${measure.unit} | ${spread} | ${measure.reach ?? ''} |`
  })
  return ['| What | Median | p95 | To reach |', '|---|---|---|---|', ...rows].join('\n')
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
