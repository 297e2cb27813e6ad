import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { Api } from '@oakestra/api-client'
import { IconPlus, IconServer2 } from '@tabler/icons-react'
import { useParams } from '@tanstack/react-router'
import { useClusters, useNodes } from '../../api/queries.ts'
import { useLoads } from '../../live/use-live.ts'
import { useMe } from '../../session/use-session.ts'
import { Answered } from '../../ui/answered.tsx'
import { PageBones } from '../../ui/bones.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Labels } from '../../ui/labels.tsx'
import { Card, Figure, Page } from '../../ui/page.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { mebibytesText, percentText } from '../../words/amounts.ts'
import { presenceHint, presenceText } from '../../words/presence.ts'
import { Timeline } from '../events/timeline.tsx'
import { LoadCharts } from '../nodes/load.tsx'
import { NodeTable } from '../nodes/node-table.tsx'
import { NotFoundPage } from '../not-found-page.tsx'
import { ClusterMenu } from './cluster-menu.tsx'
import { JoinNodeDialog } from './join-dialogs.tsx'

export function ClusterPage() {
  const { clusterId } = useParams({ from: '/shell/clusters/$clusterId' })
  const clusters = useClusters()
  return (
    <Answered query={clusters} bones={<PageBones />}>
      {(list) => {
        const cluster = list.find(({ _id }) => _id === clusterId)
        return cluster ? <KnownCluster cluster={cluster} /> : <NotFoundPage />
      }}
    </Answered>
  )
}

function KnownCluster({ cluster }: { readonly cluster: Api.Cluster }) {
  const { rights } = useMe()
  const [joining, join] = useDisclosure(false)
  const canJoin = rights.manageInfrastructure && cluster.active
  return (
    <Page
      title={cluster.cluster_name}
      head={
        <span style={{ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', gap: 12 }}>
          {cluster.cluster_name} <StatusPill status={presenceText(cluster)} hint={presenceHint('cluster', cluster)} />
        </span>
      }
      subtitle={cluster.labels.length > 0 ? <Labels labels={cluster.labels} /> : cluster.cluster_location}
      crumbs={[{ text: 'Clusters', to: '/clusters' }]}
      actions={
        <>
          {canJoin ? (
            <Button leftSection={<IconPlus size={16} />} onClick={join.open}>
              Join a node
            </Button>
          ) : null}
          <ClusterMenu cluster={cluster} />
        </>
      }
    >
      <JoinNodeDialog cluster={cluster} opened={joining} close={join.close} />
      <Figures cluster={cluster} />
      <LoadCharts id={cluster._id} />
      <NodesOf cluster={cluster} />
      <Card title="What happened" padded={false}>
        <Timeline cluster={cluster._id} />
      </Card>
    </Page>
  )
}

function Figures({ cluster }: { readonly cluster: Api.Cluster }) {
  const now = useLoads(cluster._id).at(-1)
  return (
    <div className="oak-figures">
      <Figure name="Nodes ready" value={cluster.active_nodes} />
      <Figure
        name="CPU"
        value={percentText(now?.cpuPercent ?? cluster.aggregated_cpu_percent)}
        note={`of ${cluster.total_cpu_cores} cores`}
      />
      <Figure
        name="Memory"
        value={percentText(now?.memoryPercent ?? cluster.aggregated_memory_percent)}
        note={`of ${mebibytesText(cluster.memory_total_in_mb)}`}
      />
      <Figure name="GPUs" value={cluster.total_gpu_cores} />
    </div>
  )
}

function NodesOf({ cluster }: { readonly cluster: Api.Cluster }) {
  const nodes = useNodes()
  return (
    <Card title="Nodes" padded={false}>
      <Answered query={nodes}>
        {(all) => {
          const own = all.filter(({ cluster_id }) => cluster_id === cluster._id)
          return own.length === 0 ? (
            <Empty icon={IconServer2} title="No node">
              {cluster.active ? 'Join one with a token: one command on the machine.' : 'Its nodes are shown while it is connected.'}
            </Empty>
          ) : (
            <NodeTable nodes={own} />
          )
        }}
      </Answered>
    </Card>
  )
}
