import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAffiliate, IconPlus } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type Api, useClusters } from '../../api/queries.ts'
import { useMe } from '../../session/use-session.ts'
import { Answered } from '../../ui/answered.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Labels } from '../../ui/labels.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { count, mebibytesText } from '../../words/amounts.ts'
import { presenceHint, presenceText } from '../../words/presence.ts'
import { LoadMeter } from '../nodes/load.tsx'
import { ClusterMenu } from './cluster-menu.tsx'
import { JoinClusterDialog } from './join-dialogs.tsx'
import { Unclaimed } from './unclaimed.tsx'

export function ClustersPage() {
  const clusters = useClusters()
  const { rights } = useMe()
  const [joining, join] = useDisclosure(false)
  const add = rights.manageInfrastructure ? (
    <Button leftSection={<IconPlus size={16} />} onClick={join.open}>
      Join a cluster
    </Button>
  ) : undefined
  return (
    <Page title="Clusters" subtitle="Places with nodes of their own, which go on when root is away." actions={add}>
      <JoinClusterDialog opened={joining} close={join.close} />
      {rights.manageInfrastructure ? <Unclaimed /> : null}
      <Answered query={clusters}>
        {(list) =>
          list.length === 0 ? (
            <Card padded={false}>
              <Empty icon={IconAffiliate} title="No cluster has joined" actions={add}>
                Services need a cluster to run in. A join token brings one here with one command.
              </Empty>
            </Card>
          ) : (
            <div className="oak-grid-3">
              {list.map((cluster) => (
                <ClusterCard key={cluster._id} cluster={cluster} />
              ))}
            </div>
          )
        }
      </Answered>
    </Page>
  )
}

function ClusterCard({ cluster }: { readonly cluster: Api.Cluster }) {
  const memory = cluster.memory_total_in_mb
  return (
    <section className="oak-card">
      <div className="oak-card-head">
        <h2 style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
          <Link to="/clusters/$clusterId" params={{ clusterId: cluster._id }}>
            {cluster.cluster_name}
          </Link>
        </h2>
        <StatusPill status={presenceText(cluster)} hint={presenceHint('cluster', cluster)} />
        <ClusterMenu cluster={cluster} />
      </div>
      <div className="oak-card-body">
        <Facts
          facts={[
            { name: 'Nodes', value: `${count(cluster.active_nodes, 'node')} ready` },
            { name: 'CPU', value: <LoadMeter id={cluster._id} what="cpuPercent" asked={cluster.aggregated_cpu_percent} label="CPU" /> },
            {
              name: 'Memory',
              value: <LoadMeter id={cluster._id} what="memoryPercent" asked={cluster.aggregated_memory_percent} label="Memory" />,
            },
            {
              name: 'Size',
              value: `${count(cluster.total_cpu_cores, 'core')}, ${mebibytesText(memory)}${cluster.total_gpu_cores > 0 ? `, ${count(cluster.total_gpu_cores, 'GPU')}` : ''}`,
            },
            { name: 'Runs', value: cluster.virtualization.map((word) => (word === 'docker' ? 'containers' : word)).join(', ') || '–' },
            cluster.cluster_location !== '' && { name: 'Place', value: cluster.cluster_location },
            cluster.labels.length > 0 && { name: 'Labels', value: <Labels labels={cluster.labels} /> },
          ]}
        />
      </div>
    </section>
  )
}
