import { Button, Tabs, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import { IconPencil, IconPlayerPlay, IconStack3 } from '@tabler/icons-react'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useService } from '../../api/queries.ts'
import { Answered } from '../../ui/answered.tsx'
import { Bones, PageBones } from '../../ui/bones.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { count } from '../../words/amounts.ts'
import { serviceSummary } from '../../words/status.ts'
import { Timeline } from '../events/timeline.tsx'
import { imageText } from '../services/service-table.tsx'
import { GatewayNote } from './gateway-note.tsx'
import { InstanceTable } from './instance-table.tsx'
import { Revisions } from './revisions.tsx'
import { RolloutNote } from './rollout-note.tsx'
import { ScaleDialog } from './scale-dialog.tsx'
import { useServiceActions } from './service-actions.ts'
import { ServiceFacts } from './service-facts.tsx'
import { ServiceMenu, whyNoDeploy, whyNoScale } from './service-menu.tsx'
import { WhyNotRunning } from './why-not-running.tsx'

const DescriptorView = lazy(() => import('../editor/descriptor-view.tsx'))

export function ServicePage() {
  const { serviceId } = useParams({ from: '/shell/services/$serviceId' })
  const service = useService(serviceId)
  return (
    <Answered query={service} bones={<PageBones />} back={{ text: 'All services', to: '/services' }}>
      {(known) => <KnownService service={known} />}
    </Answered>
  )
}

function KnownService({ service }: { readonly service: Api.Service }) {
  const summary = serviceSummary(service)
  const application = { text: service.application_name, to: `/applications/${service.applicationID}` }
  return (
    <Page
      title={service.microservice_name}
      head={
        <span style={{ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', gap: 12 }}>
          {service.microservice_name} <StatusPill status={summary} hint={service.status_detail} />
        </span>
      }
      subtitle={`${imageText(service)} · ${summary.running} of ${count(service.replicas ?? summary.total, 'instance')} running`}
      crumbs={[{ text: 'Applications', to: '/applications' }, application]}
      actions={<Actions service={service} />}
    >
      <RolloutNote service={service} />
      <GatewayNote service={service} />
      <WhyNotRunning serviceId={service.microserviceID} instances={service.instance_list} />
      <Parts service={service} />
    </Page>
  )
}

function Actions({ service }: { readonly service: Api.Service }) {
  const { deploy } = useServiceActions(service)
  const navigate = useNavigate()
  const [scaling, scale] = useDisclosure(false)
  const noDeploy = whyNoDeploy(service)
  const noScale = whyNoScale(service)
  const applicationId = service.applicationID
  return (
    <>
      <ScaleDialog service={service} opened={scaling} close={scale.close} />
      <Button variant="default" leftSection={<IconPencil size={16} />} component={Link} to={`/services/${service.microserviceID}/update`}>
        Update
      </Button>
      <Tooltip label={noScale ?? 'Say how many instances there shall be'}>
        <Button
          variant="default"
          leftSection={<IconStack3 size={16} />}
          onClick={noScale === undefined ? scale.open : undefined}
          {...(noScale === undefined ? {} : { 'data-disabled': true, 'aria-disabled': true })}
        >
          Scale
        </Button>
      </Tooltip>
      {noDeploy === undefined ? (
        <Button leftSection={<IconPlayerPlay size={16} />} loading={deploy.busy} onClick={() => deploy.run()}>
          Deploy
        </Button>
      ) : null}
      <ServiceMenu service={service} onRemoved={() => void navigate({ to: '/applications/$applicationId', params: { applicationId } })} />
    </>
  )
}

function Parts({ service }: { readonly service: Api.Service }) {
  const { tab = 'instances' } = useSearch({ from: '/shell' })
  const navigate = useNavigate()
  const choose = (next: string | null) =>
    void navigate({ to: '.', search: next === null || next === 'instances' ? {} : { tab: next }, replace: true })
  return (
    <Tabs value={tab} onChange={choose} keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="instances">Instances</Tabs.Tab>
        <Tabs.Tab value="events">Timeline</Tabs.Tab>
        <Tabs.Tab value="revisions">Revisions</Tabs.Tab>
        <Tabs.Tab value="descriptor">Descriptor</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="instances">
        <div style={{ display: 'flex', flexDirection: 'column', gap: 20 }}>
          <Card padded={false}>
            <InstanceTable service={service} />
          </Card>
          <ServiceFacts service={service} />
        </div>
      </Tabs.Panel>
      <Tabs.Panel value="events">
        <Card padded={false}>
          <Timeline service={service.microserviceID} />
        </Card>
      </Tabs.Panel>
      <Tabs.Panel value="revisions">
        <Card padded={false}>
          <Revisions service={service} />
        </Card>
      </Tabs.Panel>
      <Tabs.Panel value="descriptor">
        <Card padded={false}>
          <Suspense fallback={<Bones rows={10} />}>
            <DescriptorView service={service} />
          </Suspense>
        </Card>
      </Tabs.Panel>
    </Tabs>
  )
}
