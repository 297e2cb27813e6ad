import { ActionIcon, Button, Menu } from '@mantine/core'
import { IconDots, IconDownload, IconPlayerPlay, IconPlus, IconStack2, IconTrash } from '@tabler/icons-react'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { type Api, useApplicationServices, useApplications } from '../../api/queries.ts'
import { useApp } from '../../app-services.ts'
import { Answered } from '../../ui/answered.tsx'
import { type Question, useConfirm } from '../../ui/confirm.tsx'
import { downloadJson } from '../../ui/download.ts'
import { Empty } from '../../ui/empty.tsx'
import { ReasonedItem } from '../../ui/menu-item.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { useAction } from '../../ui/use-action.ts'
import { count } from '../../words/amounts.ts'
import { descriptorOf } from '../editor/model/descriptor-of.ts'
import { ServiceTable } from '../services/service-table.tsx'
import { ISOLATED, IsolationItem } from './isolation.tsx'

export function ApplicationPage() {
  const { applicationId } = useParams({ from: '/shell/applications/$applicationId' })
  const application = useApplications().data?.find((each) => each.applicationID === applicationId)
  const services = useApplicationServices(applicationId)
  const name = application?.application_name ?? services.data?.[0]?.application_name ?? 'Application'
  return (
    <Page
      title={name}
      subtitle={[application?.application_namespace, application?.isolated && ISOLATED, application?.application_desc]
        .filter(Boolean)
        .join(' · ')}
      crumbs={[{ text: 'Applications', to: '/applications' }]}
      actions={<Actions applicationId={applicationId} application={application} name={name} services={services.data ?? []} />}
    >
      <Card padded={false}>
        <Answered query={services} back={{ text: 'All applications', to: '/applications' }}>
          {(list) => (list.length === 0 ? <NoServices applicationId={applicationId} /> : <ServiceTable services={list} />)}
        </Answered>
      </Card>
    </Page>
  )
}

function NoServices({ applicationId }: { readonly applicationId: string }) {
  return (
    <Empty
      icon={IconStack2}
      title="No service yet"
      actions={
        <Button component={Link} to={`/applications/${applicationId}/add`}>
          Add a service
        </Button>
      }
    >
      A service says which image to run, with what, and where it may run. It is deployed once you ask for instances.
    </Empty>
  )
}

interface ActionsProps {
  readonly applicationId: string
  /** Absent until the list of applications is there. */
  readonly application: Api.Application | undefined
  readonly name: string
  readonly services: readonly Api.Service[]
}

function Actions({ applicationId, application, name, services }: ActionsProps) {
  const confirm = useConfirm()
  const { deployAll, remove } = useApplicationActions(applicationId, name)
  const idle = services.filter((service) => service.instance_list.length === 0)
  const instances = services.reduce((sum, service) => sum + service.instance_list.length, 0)
  return (
    <>
      {confirm.element}
      {services.length === 0 ? null : (
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={16} />}
          loading={deployAll.busy}
          disabled={idle.length === 0}
          title={
            idle.length === 0 ? 'Every service has an instance already' : `Deploys ${idle.map((each) => each.microservice_name).join(', ')}`
          }
          onClick={() => deployAll.run(idle)}
        >
          Deploy all
        </Button>
      )}
      <Button component={Link} to={`/applications/${applicationId}/add`} leftSection={<IconPlus size={16} />}>
        Add service
      </Button>
      <Menu width={220}>
        <Menu.Target>
          <ActionIcon size={34} variant="default" aria-label={`More about ${name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <ReasonedItem
            icon={<IconDownload size={16} />}
            onClick={() => downloadJson(`${name}.json`, { microservices: services.map(descriptorOf) })}
            notNow={services.length === 0 ? 'There is no service to describe.' : undefined}
          >
            Download descriptors
          </ReasonedItem>
          {application ? <IsolationItem application={application} ask={confirm.ask} /> : null}
          <ReasonedItem
            icon={<IconTrash size={16} />}
            danger
            onClick={() => confirm.ask(removal(name, services.length, instances, () => remove.run()))}
          >
            Delete application
          </ReasonedItem>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

function removal(name: string, services: number, instances: number, act: () => void): Question {
  return {
    title: `Delete ${name}?`,
    text: (
      <>
        {count(services, 'service')} and {count(instances, 'instance')} end and are forgotten, with their addresses. This cannot be undone.
      </>
    ),
    verb: 'Delete',
    danger: true,
    ...(instances > 0 ? { typed: name } : {}),
    act,
  }
}

function useApplicationActions(applicationId: string, name: string) {
  const { api } = useApp()
  const navigate = useNavigate()
  const deployAll = useAction<readonly Api.Service[]>({
    act: (services) =>
      Promise.all(
        services.map(({ microserviceID }) => api.call('POST /api/service/{serviceId}/instance', { params: { serviceId: microserviceID } })),
      ),
    done: (_, services) => `${count(services.length, 'instance')} asked for`,
  })
  const remove = useAction({
    act: () => api.call('DELETE /api/application/{applicationId}', { params: { applicationId } }),
    done: () => `${name} is being removed`,
    after: () => void navigate({ to: '/applications' }),
  })
  return { deployAll, remove }
}
