import { Card } from '../../ui/page.tsx'
import { useBeat } from '../infrastructure.ts'
import { spanText } from '../numbers.ts'
import type { AlertRule } from '../types.ts'
import { SeverityPill } from './alert-list.tsx'

export function RuleTable({ rules }: { readonly rules: readonly AlertRule[] }) {
  const { alerts = [] } = useBeat()
  const firing = new Set(alerts.filter(({ state }) => state === 'firing').map(({ rule }) => rule))
  return (
    <Card padded={false}>
      <table className="oak-table">
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Severity</th>
            <th scope="col">Holds when</th>
            <th scope="col">For</th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.name}>
              <td data-wide="true">
                <div className="oak-main">{rule.name}</div>
                <div className="oak-sub">{rule.impact.replaceAll(/\{\{(\w+)\}\}/g, '$1')}</div>
              </td>
              <td data-label="Severity">
                <SeverityPill severity={rule.severity} />
              </td>
              <td data-label="Holds when">
                <code className="oak-mono">{conditionOf(rule)}</code>
              </td>
              <td data-label="For" style={{ whiteSpace: 'nowrap' }}>
                {rule.forMs === 0 ? 'at once' : spanText(rule.forMs)}
              </td>
              <td data-label="Now">{firing.has(rule.name) ? <strong>firing</strong> : <span className="oak-muted">quiet</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}

/** The condition of a rule, as one reads it. Pure. */
export function conditionOf({ metric, where = {}, by, growthWithinMs, is, threshold }: AlertRule): string {
  const labels = Object.entries(where).map(([key, value]) => `${key}=${value}`)
  const selected = labels.length === 0 ? metric : `${metric} {${labels.join(', ')}}`
  const grown = growthWithinMs === undefined ? selected : `growth of ${selected} in ${spanText(growthWithinMs)}`
  const summed = by ? `${grown} by ${by.join(', ')}` : grown
  return `${summed} ${is} ${threshold}`
}
