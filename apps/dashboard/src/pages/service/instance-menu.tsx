import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import { IconArrowsMove, IconDots, IconFileText, IconRefresh, IconReplace, IconTrash } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useConfirm } from '../../ui/confirm.tsx'
import { ReasonedItem } from '../../ui/menu-item.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { useInstanceActions } from './service-actions.ts'

interface InstanceMenuProps {
  readonly service: Api.Service
  readonly instance: Api.Instance
}

/** All that can be done to an instance. */
export function InstanceMenu({ service, instance }: InstanceMenuProps) {
  const { instance_number: number } = instance
  const { restart, replace, undeploy } = useInstanceActions(service, number)
  const [moving, dialog] = useDisclosure(false)
  const confirm = useConfirm()
  const navigate = useNavigate()
  const name = `${service.microservice_name} ${number}`
  const logs = () =>
    void navigate({
      to: '/services/$serviceId/instances/$number',
      params: { serviceId: service.microserviceID, number: String(number) },
      search: { tab: 'logs' },
    })
  const askRestart = () =>
    confirm.ask({
      title: `Restart ${name}?`,
      text: 'Its process is stopped, and started again on the same node, under the same number and addresses.',
      verb: 'Restart',
      act: () => restart.run(),
    })
  const askReplace = () =>
    confirm.ask({
      title: `Replace ${name}?`,
      text: 'A new instance is started from the beginning, with a number and addresses of its own, and this one ends. The service address stays.',
      verb: 'Replace',
      act: () => replace.run(),
    })
  return (
    <>
      {confirm.element}
      <MoveDialog service={service} instance={instance} opened={moving} close={dialog.close} />
      <Menu width={210}>
        <Menu.Target>
          <ActionIcon size={34} aria-label={`Actions for ${name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <ReasonedItem
            icon={<IconFileText size={16} />}
            onClick={logs}
            notNow={instance.worker_id === '' ? 'No node has it yet.' : undefined}
          >
            Logs
          </ReasonedItem>
          <ReasonedItem icon={<IconRefresh size={16} />} onClick={askRestart} notNow={whyNoRestart(service, instance)}>
            Restart…
          </ReasonedItem>
          <ReasonedItem
            icon={<IconReplace size={16} />}
            onClick={askReplace}
            notNow={instance.status === 'UNDEPLOYED' ? 'It is being removed.' : undefined}
          >
            Replace by a new one…
          </ReasonedItem>
          <ReasonedItem icon={<IconArrowsMove size={16} />} onClick={dialog.open} notNow={whyNoMove(instance)}>
            Move…
          </ReasonedItem>
          <Menu.Divider />
          <ReasonedItem
            icon={<IconTrash size={16} />}
            danger
            onClick={() => confirm.ask(undeployQuestion(service, name, () => undeploy.run()))}
          >
            Undeploy
          </ReasonedItem>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

/** Why an instance cannot leave its place now. */
export function whyNoMove(instance: Api.Instance): string | undefined {
  if (instance.status === 'COMPLETED') return 'It has run to its end.'
  if (instance.worker_id === '') return 'It has no place yet that it could leave.'
  return instance.leaving === '' ? undefined : 'It is being moved already.'
}

/** Why there is nothing that could be started again now. */
function whyNoRestart({ one_shot: oneShot }: Api.Service, { status, cluster_id: clusterId }: Api.Instance): string | undefined {
  if (status === 'UNDEPLOYED') return 'It is being removed.'
  if (oneShot) return 'It is to run once. Replace it to run it again.'
  if (status === 'COMPLETED') return 'It has run to its end.'
  return clusterId === '' ? 'It has no place yet.' : undefined
}

function undeployQuestion({ replicas }: Api.Service, name: string, act: () => void) {
  const text = replicas === null ? `${name} ends.` : `${name} ends, and the service shall have one instance fewer.`
  return { title: `Undeploy ${name}?`, text, verb: 'Undeploy', danger: true, act }
}
