import { Ago } from '../../ui/ago.tsx'
import { Labels } from '../../ui/labels.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import type { Tone } from '../../words/status.ts'
import './alerts.css'
import { spanText } from '../numbers.ts'
import type { Alert, Severity } from '../types.ts'

const TONES: Readonly<Record<Severity, Tone>> = { critical: 'bad', warning: 'warn', info: 'busy' }
const WORDS: Readonly<Record<Severity, string>> = { critical: 'Critical', warning: 'Warning', info: 'Info' }

export function SeverityPill({ severity }: { readonly severity: Severity }) {
  return <StatusPill status={{ text: WORDS[severity], tone: TONES[severity] }} />
}

/** What is wrong, what it means, and what to do: read top to bottom by somebody in a hurry. */
export function AlertList({ alerts }: { readonly alerts: readonly Alert[] }) {
  return (
    <ul className="oak-alerts">
      {alerts.map((alert) => (
        <li key={alert.id} className="oak-alert" data-tone={alert.state === 'resolved' ? 'calm' : TONES[alert.severity]}>
          <AlertBody alert={alert} />
        </li>
      ))}
    </ul>
  )
}

function AlertBody({ alert }: { readonly alert: Alert }) {
  const { rule, labels, severity, state, summary, impact, action, startedAtMs, resolvedAtMs } = alert
  return (
    <>
      <div className="oak-alert-head">
        {state === 'resolved' ? <StatusPill status={{ text: 'Over', tone: 'calm' }} /> : <SeverityPill severity={severity} />}
        <strong>{summary}</strong>
        <span className="oak-muted">
          {state === 'pending' ? 'seen ' : state === 'resolved' ? 'ended ' : 'began '}
          <Ago atMs={resolvedAtMs ?? startedAtMs} />
          {resolvedAtMs === undefined ? null : `, after ${spanText(resolvedAtMs - startedAtMs)}`}
        </span>
      </div>
      {state === 'resolved' ? null : (
        <div className="oak-alert-text">
          <p>{impact}</p>
          <p className="oak-muted">{action}</p>
        </div>
      )}
      <Labels labels={[rule, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)]} />
    </>
  )
}
