import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import {
  IconArrowBackUp,
  IconDots,
  IconDownload,
  IconPencil,
  IconPlayerPlay,
  IconPlayerStop,
  IconStack3,
  IconTrash,
} from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useConfirm } from '../../ui/confirm.tsx'
import { downloadJson } from '../../ui/download.ts'
import { ReasonedItem } from '../../ui/menu-item.tsx'
import { count } from '../../words/amounts.ts'
import { RollBackDialog } from './roll-back-dialog.tsx'
import { ScaleDialog } from './scale-dialog.tsx'
import { useServiceActions } from './service-actions.ts'

/** All that can be done to a service, from wherever it is shown. */
export function ServiceMenu({ service, onRemoved }: { readonly service: Api.Service; readonly onRemoved?: () => void }) {
  const actions = useServiceActions(service)
  const confirm = useConfirm()
  const navigate = useNavigate()
  const [scaling, scale] = useDisclosure(false)
  const [goingBack, back] = useDisclosure(false)
  const { microserviceID: serviceId, microservice_name: name } = service
  const none = service.instance_list.length === 0 ? 'No instance is deployed.' : undefined
  const remove = () => {
    actions.remove.run()
    onRemoved?.()
  }
  const saveDescriptor = async () => {
    const { descriptorOf } = await import('../editor/model/descriptor-of.ts')
    downloadJson(`${name}.json`, { microservices: [descriptorOf(service)] })
  }
  return (
    <>
      {confirm.element}
      <ScaleDialog service={service} opened={scaling} close={scale.close} />
      <RollBackDialog service={service} opened={goingBack} close={back.close} />
      <Menu width={230}>
        <Menu.Target>
          <ActionIcon size={34} aria-label={`Actions for ${name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <ReasonedItem icon={<IconPlayerPlay size={16} />} onClick={() => actions.deploy.run()} notNow={whyNoDeploy(service)}>
            Deploy an instance
          </ReasonedItem>
          <ReasonedItem icon={<IconStack3 size={16} />} onClick={scale.open} notNow={whyNoScale(service)}>
            Scale…
          </ReasonedItem>
          <ReasonedItem
            icon={<IconPencil size={16} />}
            onClick={() => void navigate({ to: '/services/$serviceId/update', params: { serviceId } })}
          >
            Update…
          </ReasonedItem>
          <ReasonedItem
            icon={<IconArrowBackUp size={16} />}
            onClick={back.open}
            notNow={service.revision <= 1 ? 'It was never changed.' : undefined}
          >
            Roll back…
          </ReasonedItem>
          <ReasonedItem icon={<IconDownload size={16} />} onClick={() => void saveDescriptor()}>
            Download descriptor
          </ReasonedItem>
          <Menu.Divider />
          <ReasonedItem
            icon={<IconPlayerStop size={16} />}
            onClick={() => confirm.ask(undeployQuestion(service, () => actions.undeploy.run()))}
            notNow={none}
          >
            Undeploy all
          </ReasonedItem>
          <ReasonedItem icon={<IconTrash size={16} />} danger onClick={() => confirm.ask(removeQuestion(service, remove))}>
            Delete service
          </ReasonedItem>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

/** Why one more instance cannot be asked for; undefined when it can. */
export function whyNoDeploy({ replicas }: Pick<Api.Service, 'replicas'>): string | undefined {
  return replicas === null ? undefined : `It has a declared number of instances (${replicas}): scale it instead.`
}

export function whyNoScale(service: Pick<Api.Service, 'one_shot'>): string | undefined {
  return service.one_shot ? 'A one-shot runs to its end once; deploy it again instead.' : undefined
}

function undeployQuestion({ microservice_name: name, instance_list: instances }: Api.Service, act: () => void) {
  const text = `${count(instances.length, 'instance')} of ${name} end. The service stays and can be deployed again.`
  return { title: `Undeploy ${name}?`, text, verb: 'Undeploy', danger: true, act }
}

function removeQuestion({ microservice_name: name, instance_list: instances }: Api.Service, act: () => void) {
  const ends = instances.length > 0 ? `${count(instances.length, 'instance')} end, and ` : ''
  const text = `${ends}the service with its addresses and its history is forgotten. This cannot be undone.`
  return { title: `Delete ${name}?`, text, verb: 'Delete', danger: true, ...(instances.length > 0 ? { typed: name } : {}), act }
}
