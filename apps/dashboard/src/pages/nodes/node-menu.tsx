import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import { IconBan, IconCircleCheck, IconDots, IconDropletOff, IconTag, IconTrash } from '@tabler/icons-react'
import { useApp } from '../../app-services.ts'
import { useMe } from '../../session/use-session.ts'
import { useConfirm } from '../../ui/confirm.tsx'
import { ReasonedItem } from '../../ui/menu-item.tsx'
import { useAction } from '../../ui/use-action.ts'
import { count } from '../../words/amounts.ts'
import { LabelsDialog } from './labels-dialog.tsx'

/** All that can be done to a node. */
export function NodeMenu({ node }: { readonly node: Api.Node }) {
  const { rights } = useMe()
  const { change, remove } = useNodeActions(node)
  const confirm = useConfirm()
  const [labelling, labels] = useDisclosure(false)
  const here = node.presence === 'here' ? undefined : 'Its cluster does this with it, so it must be connected.'
  const notYours = rights.manageInfrastructure ? undefined : 'Only Admins and Infrastructure Providers do this.'
  const has = count(node.instances ?? 0, 'instance')
  const drain = () =>
    confirm.ask({
      title: `Drain ${node.name}?`,
      text: `${has} move to other nodes of ${node.cluster_name} where there is room, and it gets nothing new.`,
      verb: 'Drain',
      act: () => change.run({ draining: true }),
    })
  const removal = () =>
    confirm.ask({
      title: `Remove ${node.name}?`,
      text: `${has} move to other nodes first. Then it is refused: it cannot come back without a new token.`,
      verb: 'Remove',
      danger: true,
      typed: node.name,
      act: () => remove.run(),
    })
  return (
    <>
      {confirm.element}
      <LabelsDialog
        name={node.name}
        labels={node.labels}
        fixed={node.facts?.labels ?? []}
        opened={labelling}
        close={labels.close}
        save={(next) => change.run({ labels: next })}
      />
      <Menu width={200}>
        <Menu.Target>
          <ActionIcon size={34} aria-label={`Actions for ${node.name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <ReasonedItem
            icon={node.cordoned ? <IconCircleCheck size={16} /> : <IconBan size={16} />}
            onClick={() => change.run(node.cordoned ? { cordoned: false, draining: false } : { cordoned: true })}
            notNow={notYours}
          >
            {node.cordoned ? 'Uncordon' : 'Cordon'}
          </ReasonedItem>
          <ReasonedItem
            icon={<IconDropletOff size={16} />}
            onClick={drain}
            notNow={notYours ?? (node.draining ? 'It is being drained already.' : here)}
          >
            Drain…
          </ReasonedItem>
          <ReasonedItem icon={<IconTag size={16} />} onClick={labels.open} notNow={notYours}>
            Labels…
          </ReasonedItem>
          <Menu.Divider />
          <ReasonedItem
            icon={<IconTrash size={16} />}
            danger
            onClick={removal}
            notNow={notYours ?? (node.removing ? 'It is being removed already.' : undefined)}
          >
            Remove
          </ReasonedItem>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

interface NodeChange {
  readonly cordoned?: boolean
  readonly draining?: boolean
  readonly labels?: readonly string[]
}

function useNodeActions({ id: nodeId, cluster_id: clusterId, name }: Api.Node) {
  const { api } = useApp()
  const params = { clusterId, nodeId }
  const change = useAction<NodeChange>({
    act: (body) => api.call('PATCH /api/clusters/{clusterId}/nodes/{nodeId}', { params, body: { ...body } }),
    done: (_, wanted) => doneText(name, wanted),
  })
  const remove = useAction({
    act: () => api.call('DELETE /api/clusters/{clusterId}/nodes/{nodeId}', { params }),
    done: () => `${name} is being removed`,
  })
  return { change, remove }
}

function doneText(name: string, { labels, draining, cordoned }: NodeChange): string {
  if (labels) return `${name} has other labels`
  if (draining) return `${name} is being drained`
  return cordoned ? `${name} gets nothing new` : `${name} takes what fits again`
}
