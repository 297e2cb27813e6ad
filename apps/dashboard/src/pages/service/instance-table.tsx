import { Button } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { IconBox } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useSamples } from '../../live/use-live.ts'
import { Empty } from '../../ui/empty.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { bytesText, percentText } from '../../words/amounts.ts'
import { instanceText } from '../../words/status.ts'
import { usageOf } from '../instance/usage.ts'
import { InstanceMenu } from './instance-menu.tsx'
import { useServiceActions } from './service-actions.ts'
import { whyNoDeploy } from './service-menu.tsx'

/** Drawn at once; more are told by number. */
const ROWS_MAX = 200

export function InstanceTable({ service }: { readonly service: Api.Service }) {
  if (service.instance_list.length === 0) return <NotDeployed service={service} />
  const shown = service.instance_list.slice(0, ROWS_MAX)
  return (
    <>
      <table className="oak-table">
        <thead>
          <tr>
            <th>Instance</th>
            <th>State</th>
            <th>Where</th>
            <th>Address</th>
            <th>CPU</th>
            <th>Memory</th>
            <th>Restarts</th>
            <th aria-label="Actions" />
          </tr>
        </thead>
        <tbody>
          {shown.map((instance) => (
            <Row key={instance._id} service={service} instance={instance} />
          ))}
        </tbody>
      </table>
      {service.instance_list.length > ROWS_MAX ? (
        <p className="oak-muted" style={{ padding: '12px 20px' }}>
          {service.instance_list.length - ROWS_MAX} more are not shown.
        </p>
      ) : null}
    </>
  )
}

function NotDeployed({ service }: { readonly service: Api.Service }) {
  const { deploy, scale } = useServiceActions(service)
  const isCounted = whyNoDeploy(service) !== undefined
  return (
    <Empty
      icon={IconBox}
      title="Not deployed"
      actions={
        <Button loading={deploy.busy || scale.busy} onClick={() => (isCounted ? scale.run(1) : deploy.run())}>
          {isCounted ? 'Scale to 1' : 'Deploy an instance'}
        </Button>
      }
    >
      {isCounted
        ? 'It shall have no instance: that is its declared number. Scale it, and what is lost is replaced.'
        : 'The service is described, and nothing of it runs. Deploy an instance, or scale it to a number that is kept.'}
    </Empty>
  )
}

function Row({ service, instance }: { readonly service: Api.Service; readonly instance: Api.Instance }) {
  const navigate = useNavigate()
  const params = { serviceId: service.microserviceID, number: String(instance.instance_number) }
  return (
    <tr data-link="true" onClick={() => void navigate({ to: '/services/$serviceId/instances/$number', params })}>
      <td>
        <Link className="oak-main" to="/services/$serviceId/instances/$number" params={params} onClick={(event) => event.stopPropagation()}>
          {service.microservice_name} {instance.instance_number}
        </Link>
        {instance.revision === service.revision ? null : <div className="oak-sub">revision {instance.revision}</div>}
      </td>
      <td data-label="State">
        <StatusPill status={instanceText(instance)} hint={[instance.status, instance.status_detail].filter(Boolean).join(': ')} />
        {instance.leaving === '' ? null : <div className="oak-sub">moving</div>}
      </td>
      <td data-label="Where">
        {instance.worker_name || instance.cluster_name || <span className="oak-muted">nowhere yet</span>}
        {instance.worker_name === '' ? null : <div className="oak-sub">{instance.cluster_name}</div>}
      </td>
      <td data-label="Address" className="oak-mono">
        {addressOf(instance)}
      </td>
      <UsageCells instance={instance} />
      <td data-label="Restarts" className="oak-number">
        {instance.restarts}
      </td>
      <td className="oak-right" onClick={(event) => event.stopPropagation()}>
        <InstanceMenu service={service} instance={instance} />
      </td>
    </tr>
  )
}

function UsageCells({ instance }: { readonly instance: Api.Instance }) {
  const usage = usageOf(instance, useSamples(instance._id))
  const last = usage.at(-1)
  if (!last || instance.status !== 'RUNNING') {
    return (
      <>
        <td data-label="CPU">–</td>
        <td data-label="Memory">–</td>
      </>
    )
  }
  return (
    <>
      <td data-label="CPU" className="oak-number">
        <span style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}>
          <Sparkline values={usage.slice(-40).map(({ cpuPercent }) => cpuPercent)} />
          {percentText(last.cpuPercent)}
        </span>
      </td>
      <td data-label="Memory" className="oak-number">
        {bytesText(last.memoryBytes)}
      </td>
    </>
  )
}

/** Where it is reached from outside, when it is; else inside of the overlay. */
export function addressOf(instance: Api.Instance): string {
  return instance.host_ip !== '' && instance.host_port > 0 ? `${instance.host_ip}:${instance.host_port}` : instance.instance_ip
}
