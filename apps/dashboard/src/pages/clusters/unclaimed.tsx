import { Button, Group } from '@mantine/core'
import type { Api } from '@oakestra/api-client'
import { useQuery } from '@tanstack/react-query'
import { sentence } from '../../api/failure.ts'
import { unclaimedQuery } from '../../api/queries.ts'
import { useApp } from '../../app-services.ts'
import { Ago } from '../../ui/ago.tsx'
import { useConfirm } from '../../ui/confirm.tsx'
import { Card } from '../../ui/page.tsx'
import { useAction } from '../../ui/use-action.ts'

/** What runs in clusters and nobody is known to want; nothing when there is no such thing. */
export function Unclaimed() {
  const unclaimed = useQuery(unclaimedQuery(useApp()))
  if (!unclaimed.data || unclaimed.data.length === 0) return null
  return (
    <Card title="Runs, and nobody is known to want it" padded={false}>
      <table className="oak-table">
        <thead>
          <tr>
            <th>What</th>
            <th>Cluster</th>
            <th>Found</th>
            <th aria-label="Actions" />
          </tr>
        </thead>
        <tbody>
          {unclaimed.data.map((each) => (
            <Row key={each.instance_id} instance={each} />
          ))}
        </tbody>
      </table>
    </Card>
  )
}

function Row({ instance }: { readonly instance: Api.UnclaimedInstance }) {
  const { api } = useApp()
  const confirm = useConfirm()
  const params = { clusterId: instance.cluster_id, instanceId: instance.instance_id }
  const adopt = useAction({
    act: () => api.call('POST /api/unclaimed/{clusterId}/{instanceId}/adopt', { params }),
    done: ({ job_name }: Api.UnclaimedAdopted) => `${job_name} is yours`,
  })
  const drop = useAction({
    act: () => api.call('DELETE /api/unclaimed/{clusterId}/{instanceId}', { params }),
    done: () => `${instance.job_name} ends`,
  })
  const end = () =>
    confirm.ask({
      title: `End ${instance.job_name}?`,
      text: 'It ends in its cluster and is forgotten.',
      verb: 'End it',
      danger: true,
      act: () => drop.run(),
    })
  return (
    <tr>
      <td data-wide="true">
        {confirm.element}
        <strong>
          {instance.job_name} {instance.instance_number}
        </strong>
        <div className="oak-sub">
          {instance.image} · {sentence(instance.reason)}
        </div>
      </td>
      <td data-label="Cluster">{instance.cluster_name}</td>
      <td data-label="Found">
        <Ago atMs={instance.since * 1000} />
      </td>
      <td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button size="xs" loading={adopt.busy} onClick={() => adopt.run()}>
            Adopt
          </Button>
          <Button size="xs" variant="default" onClick={end}>
            End
          </Button>
        </Group>
      </td>
    </tr>
  )
}
