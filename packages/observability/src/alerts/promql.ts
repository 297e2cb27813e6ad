import { stringify } from 'yaml'
import type { AlertRule } from './rule.ts'

/** A rule file of Prometheus, as data: for people who run their own. */
export interface PrometheusRules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly PrometheusRule[] }[]
}

interface PrometheusRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: string }
  readonly annotations: Readonly<Record<'summary' | 'impact' | 'action', string>>
}

/** The same rules in Prometheus' language. */
export function toPrometheusRules(rules: readonly AlertRule[]): PrometheusRules {
  return { groups: [{ name: 'oakestra', rules: rules.map(toPrometheusRule) }] }
}

/** The same as the text of a file. */
export function prometheusRuleFile(rules: readonly AlertRule[]): string {
  return stringify(toPrometheusRules(rules), { lineWidth: 0 })
}

function toPrometheusRule(rule: AlertRule): PrometheusRule {
  const { summary, impact, action } = rule
  return {
    alert: rule.name,
    expr: `${measured(rule)} ${rule.is} ${rule.threshold}`,
    for: `${rule.forMs / 1_000}s`,
    labels: { severity: rule.severity },
    annotations: { summary: inGoTemplate(summary), impact: inGoTemplate(impact), action: inGoTemplate(action) },
  }
}

function measured({ metric, where = {}, by, growthWithinMs }: AlertRule): string {
  const matchers = Object.entries(where).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const selector = matchers.length === 0 ? metric : `${metric}{${matchers.join(',')}}`
  const grown = growthWithinMs === undefined ? selector : `increase(${selector}[${growthWithinMs / 1_000}s])`
  return by ? `sum by (${by.join(', ')}) (${grown})` : grown
}

function inGoTemplate(text: string): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, '{{ $labels.$1 }}')
}
