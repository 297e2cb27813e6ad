import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import { IconBan, IconCircleCheck, IconDots, IconPlus, IconTag, IconTrash } from '@tabler/icons-react'
import { useApp } from '../../app-services.ts'
import { useMe } from '../../session/use-session.ts'
import { useConfirm } from '../../ui/confirm.tsx'
import { ReasonedItem } from '../../ui/menu-item.tsx'
import { useAction } from '../../ui/use-action.ts'
import { LabelsDialog } from '../nodes/labels-dialog.tsx'
import { JoinNodeDialog } from './join-dialogs.tsx'

const NOT_YOURS = 'Only Admins and Infrastructure Providers do this.'

/** All that can be done to a cluster. */
export function ClusterMenu({ cluster }: { readonly cluster: Api.Cluster }) {
  const { rights } = useMe()
  const { change, remove } = useClusterActions(cluster)
  const confirm = useConfirm()
  const [labelling, labels] = useDisclosure(false)
  const [joining, join] = useDisclosure(false)
  const name = cluster.cluster_name
  const notYours = rights.manageInfrastructure ? undefined : NOT_YOURS
  const removal = () =>
    confirm.ask({
      title: `Remove ${name}?`,
      text: 'What it runs is started in other clusters where there is room. It cannot come back without a new token.',
      verb: 'Remove',
      danger: true,
      typed: name,
      act: () => remove.run(),
    })
  return (
    <>
      {confirm.element}
      <LabelsDialog
        name={name}
        labels={cluster.labels}
        opened={labelling}
        close={labels.close}
        save={(next) => change.run({ labels: next })}
      />
      <JoinNodeDialog cluster={cluster} opened={joining} close={join.close} />
      <Menu width={210}>
        <Menu.Target>
          <ActionIcon size={32} aria-label={`Actions for ${name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <ReasonedItem
            icon={<IconPlus size={16} />}
            onClick={join.open}
            notNow={notYours ?? (cluster.active ? undefined : 'It must be connected to make a token.')}
          >
            Join a node…
          </ReasonedItem>
          <ReasonedItem
            icon={cluster.cordoned ? <IconCircleCheck size={16} /> : <IconBan size={16} />}
            onClick={() => change.run({ cordoned: !cluster.cordoned })}
            notNow={notYours}
          >
            {cluster.cordoned ? 'Uncordon' : 'Cordon'}
          </ReasonedItem>
          <ReasonedItem icon={<IconTag size={16} />} onClick={labels.open} notNow={notYours}>
            Labels…
          </ReasonedItem>
          <Menu.Divider />
          <ReasonedItem
            icon={<IconTrash size={16} />}
            danger
            onClick={removal}
            notNow={notYours ?? (cluster.removing ? 'It is being removed already.' : undefined)}
          >
            Remove
          </ReasonedItem>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

function useClusterActions({ _id: clusterId, cluster_name: name }: Api.Cluster) {
  const { api } = useApp()
  const params = { clusterId }
  const change = useAction<{ readonly cordoned?: boolean; readonly labels?: readonly string[] }>({
    act: (body) => api.call('PATCH /api/clusters/{clusterId}', { params, body }),
    done: (_, { cordoned }) =>
      cordoned === undefined ? `${name} has other labels` : cordoned ? `${name} gets nothing new` : `${name} takes what fits again`,
  })
  const remove = useAction({
    act: () => api.call('DELETE /api/clusters/{clusterId}', { params }),
    done: () => `${name} is being removed`,
  })
  return { change, remove }
}
