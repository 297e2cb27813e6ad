/** How urgent an alert is. critical: something people use is down. warning: it will be. info: good to know. */
export type Severity = 'info' | 'warning' | 'critical'

export const COMPARISONS = {
  '>': (value: number, threshold: number) => value > threshold,
  '>=': (value: number, threshold: number) => value >= threshold,
  '<': (value: number, threshold: number) => value < threshold,
  '<=': (value: number, threshold: number) => value <= threshold,
  '==': (value: number, threshold: number) => value === threshold,
  '!=': (value: number, threshold: number) => value !== threshold,
} as const

/**
 * When people are to be told. As data, so that one rule is evaluated here and is said to Prometheus in its own language.
 * Texts may name labels: `{{node}}`.
 */
export interface AlertRule {
  readonly name: string
  readonly severity: Severity
  readonly metric: string
  /** Only numbers that carry these labels. */
  readonly where?: Readonly<Record<string, string>>
  /** Numbers are added up, one sum for each value of these labels. Absent: each number for itself. */
  readonly by?: readonly string[]
  /** What is compared: the number itself, or by how much it grew within so long. */
  readonly growthWithinMs?: number
  readonly is: keyof typeof COMPARISONS
  readonly threshold: number
  /** It must hold for so long. */
  readonly forMs: number
  readonly summary: string
  readonly impact: string
  readonly action: string
}

/** Fills a text's `{{label}}`s. */
export function filled(text: string, labels: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => labels[name] ?? '?')
}
