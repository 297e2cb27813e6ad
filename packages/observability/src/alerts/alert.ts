import type { Collection } from '@oakestra/store'
import { seriesId } from '../series/series.ts'
import type { Finding } from './evaluate.ts'
import { type AlertRule, filled, type Severity } from './rule.ts'

/** Something people are, or were, to be told. `pending`: it has not held for long enough yet. */
export interface Alert {
  readonly id: string
  readonly rule: string
  readonly labels: Readonly<Record<string, string>>
  readonly severity: Severity
  readonly state: 'pending' | 'firing' | 'resolved'
  readonly value: number
  readonly summary: string
  readonly impact: string
  readonly action: string
  /** When it was first seen; wall time, as the others. */
  readonly startedAtMs: number
  readonly firedAtMs?: number
  readonly resolvedAtMs?: number
  /** What each receiver knows of it. */
  readonly told: Readonly<Record<string, 'firing' | 'resolved'>>
}

export const alerts: Collection<Alert> = {
  name: 'alerts',
  key: ({ id }) => id,
  indexes: { state: ({ state }) => state, resolvedAtMs: ({ resolvedAtMs }) => resolvedAtMs },
}

/** One occurrence of a rule for one set of labels. The same again later is another one. */
export function alertId(rule: AlertRule, labels: Finding['labels'], startedAtMs: number): string {
  return `${seriesId(rule.name, labels)} ${startedAtMs}`
}

/**
 * What becomes of an alert.
 * @param before the one that is pending or firing for the same labels, if any
 * @returns what to keep; nothing when there is, or was, nothing to tell
 */
export function nextAlert(rule: AlertRule, before: Alert | undefined, finding: Finding | undefined, nowMs: number): Alert | undefined {
  if (!finding) return before?.state === 'firing' ? { ...before, state: 'resolved', resolvedAtMs: nowMs } : undefined
  const startedAtMs = before?.startedAtMs ?? nowMs
  const fires = before?.state === 'firing' || nowMs - startedAtMs >= rule.forMs
  const firedAtMs = before?.firedAtMs ?? (fires ? nowMs : undefined)
  return {
    id: before?.id ?? alertId(rule, finding.labels, startedAtMs),
    rule: rule.name,
    labels: finding.labels,
    severity: rule.severity,
    state: fires ? 'firing' : 'pending',
    value: finding.value,
    summary: filled(rule.summary, finding.labels),
    impact: filled(rule.impact, finding.labels),
    action: filled(rule.action, finding.labels),
    startedAtMs,
    ...(firedAtMs !== undefined && { firedAtMs }),
    told: before?.told ?? {},
  }
}
