import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { useState } from 'react'
import { useClusters, useNodes } from '../../api/queries.ts'
import { useInstanceActions } from './service-actions.ts'

interface MoveDialogProps {
  readonly service: Api.Service
  readonly instance: Api.Instance
  readonly opened: boolean
  readonly close: () => void
}

export function MoveDialog({ opened, close, ...of }: MoveDialogProps) {
  const title = `Move ${of.service.microservice_name} ${of.instance.instance_number}`
  return (
    <Modal opened={opened} onClose={close} title={<strong>{title}</strong>}>
      {opened ? <MoveForm {...of} close={close} /> : null}
    </Modal>
  )
}

const ANY = 'any'

function MoveForm({ service, instance, close }: Omit<MoveDialogProps, 'opened'>) {
  const { move } = useInstanceActions(service, instance.instance_number)
  const places = usePlaces(instance)
  const [chosen, setChosen] = useState(ANY)
  const go = () => {
    const [kind, id = ''] = chosen.split(':')
    move.run(kind === 'node' ? { node_id: id } : kind === 'cluster' ? { cluster_id: id } : {})
    close()
  }
  return (
    <Stack gap="lg">
      <Text c="dimmed">
        It ends where it is, on {instance.worker_name || instance.cluster_name}, and is then started in its new place, with the same
        addresses.
      </Text>
      <Select
        label="To"
        data={places}
        value={chosen}
        onChange={(value) => setChosen(value ?? ANY)}
        allowDeselect={false}
        searchable
        data-autofocus
      />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button onClick={go}>Move</Button>
      </Group>
    </Stack>
  )
}

/** Nodes of its own cluster, and other clusters: what those do with it is theirs to decide. */
function usePlaces(instance: Api.Instance) {
  const nodes = (useNodes().data ?? []).filter((node) => node.cluster_id === instance.cluster_id && node.id !== instance.worker_id)
  const clusters = (useClusters().data ?? []).filter((cluster) => cluster._id !== instance.cluster_id)
  return [
    { group: 'Automatically', items: [{ value: ANY, label: 'Another node of its cluster' }] },
    {
      group: `Nodes of ${instance.cluster_name}`,
      items: nodes.map((node) => ({ value: `node:${node.id}`, label: node.name, disabled: node.cordoned })),
    },
    {
      group: 'Other clusters',
      items: clusters.map((cluster) => ({ value: `cluster:${cluster._id}`, label: cluster.cluster_name, disabled: !cluster.active })),
    },
  ].filter(({ items }) => items.length > 0)
}
