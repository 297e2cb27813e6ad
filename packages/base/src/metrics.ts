/** One number of a metric, told apart from its siblings by its labels. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * What one thing is measured as, in Prometheus' terms: a name in snake case with the unit last (`oak_session_sent_bytes_total`), a
 * sentence, and its numbers. A counter only grows, and starts again at 0 with the process.
 */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly kind: 'gauge' | 'counter'
  readonly samples: readonly MetricSample[]
}
