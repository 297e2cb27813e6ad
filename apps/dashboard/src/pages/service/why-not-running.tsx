import type { Api } from '@oakestra/api-client'
import { Link } from '@tanstack/react-router'
import { sentence } from '../../api/failure.ts'
import { Card } from '../../ui/page.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { instanceText, statusText } from '../../words/status.ts'
import { type GroupedReason, type Trouble, troublesOf } from './reasons.ts'

/** What is on its way is no trouble yet; its detail is in the list. */
const ON_ITS_WAY = new Set(['REQUESTED', 'CLUSTER_SCHEDULED', 'NODE_SCHEDULED', 'CREATING', 'CREATED'])
/** There is output to read. */
const HAS_RUN = new Set(['FAILED', 'DEAD', 'RUNNING'])
const NAMES_SHOWN = 6

/** Why instances do not run: in words, and per candidate. Nothing while all is well. */
export function WhyNotRunning({ serviceId, instances }: { readonly serviceId: string; readonly instances: readonly Api.Instance[] }) {
  const troubles = troublesOf(instances).filter((trouble) => trouble.groups.length > 0 || !ON_ITS_WAY.has(trouble.status))
  if (troubles.length === 0) return null
  return (
    <Card title="Why is it not running?">
      <div style={{ display: 'flex', flexDirection: 'column', gap: 24 }}>
        {troubles.map((trouble) => (
          <OneTrouble key={trouble.numbers.join()} serviceId={serviceId} trouble={trouble} />
        ))}
      </div>
    </Card>
  )
}

function OneTrouble({ serviceId, trouble }: { readonly serviceId: string; readonly trouble: Trouble }) {
  const { numbers, status, detail, groups } = trouble
  const unhealthy = status === 'RUNNING' ? ('unhealthy' as const) : null
  return (
    <div>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 10, alignItems: 'center', marginBottom: 6 }}>
        <strong>
          {numbers.length === 1 ? 'Instance' : 'Instances'} {numbers.slice(0, 20).join(', ')}
          {numbers.length > 20 ? ` and ${numbers.length - 20} more` : ''}
        </strong>
        <StatusPill status={unhealthy ? instanceText({ status, health: unhealthy }) : statusText(status)} hint={status} />
      </div>
      <p>{sentence(detail)}</p>
      {HAS_RUN.has(status) ? <Output serviceId={serviceId} number={numbers[0] ?? 0} /> : null}
      {groups.length > 0 ? <Candidates groups={groups} /> : <p className="oak-muted">{advice(status)}</p>}
    </div>
  )
}

function Output({ serviceId, number }: { readonly serviceId: string; readonly number: number }) {
  return (
    <p>
      <Link
        className="oak-link"
        to="/services/$serviceId/instances/$number"
        params={{ serviceId, number: String(number) }}
        search={{ tab: 'logs' }}
      >
        Read what instance {number} wrote last
      </Link>
    </p>
  )
}

function Candidates({ groups }: { readonly groups: readonly GroupedReason[] }) {
  return (
    <table className="oak-table" style={{ marginTop: 10 }}>
      <thead>
        <tr>
          <th style={{ paddingLeft: 0 }}>Asked</th>
          <th>Turned down because</th>
        </tr>
      </thead>
      <tbody>
        {groups.map(({ names, reasons }) => (
          <tr key={reasons.join()}>
            <td data-label="Asked" style={{ paddingLeft: 0, fontWeight: 560 }} title={names.join(', ')}>
              {names.slice(0, NAMES_SHOWN).join(', ')}
              {names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : ''}
            </td>
            <td data-wide="true">{reasons.map(sentence).join(' ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function advice(status: string): string {
  if (status === 'FAILED' || status === 'DEAD') return 'It is started again as the restart policy of the service says.'
  if (status === 'RUNNING') return 'It runs, and its health check fails.'
  return 'It is tried again as soon as something changes that may help.'
}
