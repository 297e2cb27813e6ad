import { Button } from '@mantine/core'
import { IconServer2 } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useNodes } from '../../api/queries.ts'
import { Answered } from '../../ui/answered.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Card, Figure, Page } from '../../ui/page.tsx'
import { NodeTable } from './node-table.tsx'

export function NodesPage() {
  const nodes = useNodes()
  const list = nodes.data ?? []
  const ready = list.filter(({ presence, cordoned }) => presence === 'here' && !cordoned)
  return (
    <Page title="Nodes" subtitle="The machines that run instances.">
      {list.length > 1 ? (
        <div className="oak-figures">
          <Figure name="Ready" value={ready.length} note={`of ${list.length}`} />
          <Figure name="Cores" value={list.reduce((sum, { facts }) => sum + (facts?.vcpus ?? 0), 0)} />
          <Figure name="Instances" value={list.reduce((sum, { instances }) => sum + (instances ?? 0), 0)} />
        </div>
      ) : null}
      <Card padded={false}>
        <Answered query={nodes}>
          {(all) =>
            all.length === 0 ? (
              <Empty
                icon={IconServer2}
                title="No node yet"
                actions={
                  <Button component={Link} to="/clusters">
                    See the clusters
                  </Button>
                }
              >
                Nodes join a cluster with a token, which the menu of the cluster makes.
              </Empty>
            ) : (
              <NodeTable nodes={all} withCluster />
            )
          }
        </Answered>
      </Card>
    </Page>
  )
}
