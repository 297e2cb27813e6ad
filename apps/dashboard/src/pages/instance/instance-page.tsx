import { Button, Tabs } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { IconGhost2 } from '@tabler/icons-react'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { sentence } from '../../api/failure.ts'
import { useService } from '../../api/queries.ts'
import { Answered } from '../../ui/answered.tsx'
import { Bones, PageBones } from '../../ui/bones.tsx'
import { CopyValue } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { bytesText } from '../../words/amounts.ts'
import { instanceText } from '../../words/status.ts'
import { Timeline } from '../events/timeline.tsx'
import { InstanceMenu } from '../service/instance-menu.tsx'
import { WhyNotRunning } from '../service/why-not-running.tsx'
import { UsageCharts } from './usage-charts.tsx'

const LogView = lazy(() => import('./logs/log-view.tsx'))

export function InstancePage() {
  const { serviceId, number } = useParams({ from: '/shell/services/$serviceId/instances/$number' })
  const service = useService(serviceId)
  return (
    <Answered query={service} bones={<PageBones />} back={{ text: 'All services', to: '/services' }}>
      {(known) => {
        const instance = known.instance_list.find((each) => each.instance_number === Number(number))
        return instance ? <KnownInstance service={known} instance={instance} /> : <Gone service={known} number={number} />
      }}
    </Answered>
  )
}

interface Known {
  readonly service: Api.Service
  readonly instance: Api.Instance
}

function crumbsOf(service: Api.Service) {
  return [
    { text: 'Applications', to: '/applications' },
    { text: service.application_name, to: `/applications/${service.applicationID}` },
    { text: service.microservice_name, to: `/services/${service.microserviceID}` },
  ]
}

function Gone({ service, number }: { readonly service: Api.Service; readonly number: string }) {
  return (
    <Page title={`Instance ${number}`} crumbs={crumbsOf(service)}>
      <Card padded={false}>
        <Empty
          icon={IconGhost2}
          title="This instance is gone"
          actions={
            <Button component={Link} to={`/services/${service.microserviceID}`}>
              See {service.microservice_name}
            </Button>
          }
        >
          It was undeployed. What happened to it is in the timeline of its service.
        </Empty>
      </Card>
    </Page>
  )
}

function KnownInstance({ service, instance }: Known) {
  const { tab = 'overview' } = useSearch({ from: '/shell' })
  const navigate = useNavigate()
  const name = `${service.microservice_name} ${instance.instance_number}`
  const choose = (next: string | null) =>
    void navigate({ to: '.', search: next === null || next === 'overview' ? {} : { tab: next }, replace: true })
  return (
    <Page
      title={name}
      head={
        <span style={{ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', gap: 12 }}>
          {name} <StatusPill status={instanceText(instance)} hint={instance.status} />
        </span>
      }
      subtitle={sentence(instance.status_detail)}
      crumbs={crumbsOf(service)}
      actions={<InstanceMenu service={service} instance={instance} />}
    >
      <Tabs value={tab} onChange={choose} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="overview">Overview</Tabs.Tab>
          <Tabs.Tab value="logs">Logs</Tabs.Tab>
          <Tabs.Tab value="events">Timeline</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Overview service={service} instance={instance} />
        </Tabs.Panel>
        <Tabs.Panel value="logs">
          <Suspense fallback={<Bones rows={10} />}>
            <LogView serviceId={service.microserviceID} instanceNumber={instance.instance_number} name={name} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="events">
          <Card padded={false}>
            <Timeline service={service.microserviceID} instanceNumber={instance.instance_number} />
          </Card>
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}

function Overview({ service, instance }: Known) {
  return (
    <div style={{ display: 'flex', flexDirection: 'column', gap: 20 }}>
      <WhyNotRunning serviceId={service.microserviceID} instances={[instance]} />
      <UsageCharts instance={instance} />
      <div className="oak-grid-2">
        <Place instance={instance} />
        <Life service={service} instance={instance} />
      </div>
    </div>
  )
}

function Place({ instance }: { readonly instance: Api.Instance }) {
  return (
    <Card title="Where">
      <Facts
        facts={[
          { name: 'Node', value: instance.worker_name || <span className="oak-muted">none yet</span> },
          {
            name: 'Cluster',
            value: instance.cluster_id ? (
              <Link className="oak-link" to="/clusters/$clusterId" params={{ clusterId: instance.cluster_id }}>
                {instance.cluster_name}
              </Link>
            ) : (
              <span className="oak-muted">none yet</span>
            ),
          },
          { name: 'Own address', value: <CopyValue text={instance.instance_ip} label="the address" /> },
          { name: 'Own IPv6 address', value: <CopyValue text={instance.instance_ip_v6} label="the IPv6 address" /> },
          instance.host_ip !== '' && {
            name: instance.host_port > 0 ? 'Published at' : 'Node at',
            value: (
              <CopyValue
                text={instance.host_port > 0 ? `${instance.host_ip}:${instance.host_port}` : instance.host_ip}
                label="the address of the node"
              />
            ),
          },
          instance.placement_note !== '' && { name: 'On its choice', value: sentence(instance.placement_note) },
          instance.leaving !== '' && { name: 'Leaving', value: sentence(instance.leaving) },
        ]}
      />
    </Card>
  )
}

const HEALTH = { healthy: 'healthy', unhealthy: 'unhealthy', starting: 'not known yet' } as const

function Life({ service, instance }: Known) {
  return (
    <Card title="Life">
      <Facts
        facts={[
          { name: 'Status', value: <span className="oak-mono">{instance.status}</span> },
          { name: 'Restarts', value: instance.restarts },
          { name: 'Places before', value: instance.term },
          {
            name: 'Health check',
            value: instance.health ? HEALTH[instance.health] : <span className="oak-muted">none, or not running</span>,
          },
          {
            name: 'Revision',
            value:
              instance.revision === service.revision ? `${instance.revision}, the newest` : `${instance.revision} of ${service.revision}`,
          },
          instance.exit_code !== null && { name: 'Last exit code', value: instance.exit_code },
          Number(instance.disk) > 0 && { name: 'Disk', value: bytesText(Number(instance.disk)) },
        ]}
      />
    </Card>
  )
}
