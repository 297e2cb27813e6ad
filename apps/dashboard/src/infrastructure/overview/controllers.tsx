import { IconSettingsAutomation } from '@tabler/icons-react'
import { Ago } from '../../ui/ago.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Card } from '../../ui/page.tsx'
import type { ControllerStatus, Status } from '../types.ts'

interface Listed extends ControllerStatus {
  readonly role: string
}

/** What each controller has to do, and what it does not get done. */
export function ControllersCard({ status }: { readonly status: Status }) {
  const listed = status.roles.flatMap((role) => (status[role]?.controllers ?? []).map((each): Listed => ({ ...each, role })))
  if (listed.length === 0) return null
  return (
    <Card title="Controllers" padded={false}>
      {listed.length === 0 ? (
        <Empty icon={IconSettingsAutomation} title="No controller runs here" />
      ) : (
        <table className="oak-table">
          <thead>
            <tr>
              <th scope="col">Controller</th>
              <th scope="col" className="oak-right">
                Objects
              </th>
              <th scope="col" className="oak-right">
                Waiting
              </th>
              <th scope="col" className="oak-right">
                Runs
              </th>
              <th scope="col" className="oak-right">
                Failed
              </th>
              <th scope="col">Last run</th>
            </tr>
          </thead>
          <tbody>
            {listed.map((each) => (
              <Row key={`${each.role} ${each.name}`} controller={each} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}

function Row({ controller: { role, name, runs, failures, lastRunAtMs, keys } }: { readonly controller: Listed }) {
  const inPhase = (...phases: readonly string[]) => keys.filter(({ phase }) => phases.includes(phase))
  const [failing] = inPhase('failing', 'stuck')
  return (
    <tr>
      <td data-wide="true">
        <div className="oak-main">{name}</div>
        <div className="oak-sub">{role}</div>
        {failing ? (
          <div className="oak-failing">
            {failing.key}: {failing.reason ?? 'fails again and again'}
          </div>
        ) : null}
      </td>
      <td data-label="Objects" className="oak-right oak-number">
        {keys.length}
      </td>
      <td data-label="Waiting" className="oak-right oak-number">
        {inPhase('queued', 'running').length}
      </td>
      <td data-label="Runs" className="oak-right oak-number">
        {runs.toLocaleString('en')}
      </td>
      <td data-label="Failed" className="oak-right oak-number">
        {failures.toLocaleString('en')}
      </td>
      <td data-label="Last run">{lastRunAtMs === undefined ? <span className="oak-muted">never</span> : <Ago atMs={lastRunAtMs} />}</td>
    </tr>
  )
}
