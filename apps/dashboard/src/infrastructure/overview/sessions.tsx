import { IconAffiliate } from '@tabler/icons-react'
import { Empty } from '../../ui/empty.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Card } from '../../ui/page.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { useBeat } from '../infrastructure.ts'
import { samplesOf } from '../numbers.ts'
import type { MetricFamily } from '../types.ts'

interface Member {
  readonly kind: 'Cluster' | 'Node'
  readonly name: string
  /** Nodes of different clusters may have the same name. */
  readonly cluster: string
  readonly isHere: boolean
  readonly cpu: number | undefined
  readonly memory: number | undefined
}

/** Away ones first; more than this are a list for the main dashboard. */
const SHOWN_MAX = 40

/** Who is connected, and how busy each is. */
export function SessionsCard() {
  const { families } = useBeat()
  const members = membersOf(families)
  const away = members.filter(({ isHere }) => !isHere).length
  return (
    <Card title="Sessions" padded={false} actions={<span className="oak-muted">{away === 0 ? 'all here' : `${away} away`}</span>}>
      {members.length === 0 ? (
        <Empty icon={IconAffiliate} title="Nobody has joined yet">
          Clusters and nodes appear here when they do.
        </Empty>
      ) : (
        <table className="oak-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">State</th>
              <th scope="col">Processor</th>
              <th scope="col">Memory</th>
            </tr>
          </thead>
          <tbody>
            {members.slice(0, SHOWN_MAX).map((member) => (
              <Row key={`${member.kind} ${member.cluster} ${member.name}`} member={member} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}

function Row({ member: { kind, name, isHere, cpu, memory } }: { readonly member: Member }) {
  return (
    <tr>
      <td>
        <div className="oak-main">{name}</div>
        <div className="oak-sub">{kind}</div>
      </td>
      <td data-label="State">
        <StatusPill status={isHere ? { tone: 'good', text: 'Here' } : { tone: 'bad', text: 'Away' }} />
      </td>
      <td data-label="Processor">{cpu === undefined ? '–' : <Meter percent={cpu} label={`Processor of ${name}`} />}</td>
      <td data-label="Memory">{memory === undefined ? '–' : <Meter percent={memory} label={`Memory of ${name}`} />}</td>
    </tr>
  )
}

function membersOf(families: readonly MetricFamily[]): readonly Member[] {
  const read = (kind: Member['kind'], label: 'cluster' | 'node') =>
    samplesOf(families, `oak_${label}_up`).map(({ labels, value }): Member => {
      const mine = (name: string) =>
        samplesOf(families, name).find((sample) => sample.labels[label] === labels[label] && sample.labels['cluster'] === cluster)?.value
      const [name, cluster] = [labels[label] ?? '?', labels['cluster'] ?? '?']
      const [cpu, memory] = [mine(`oak_${label}_cpu_percent`), mine(`oak_${label}_memory_percent`)]
      return { kind, name, cluster, isHere: value > 0, cpu, memory }
    })
  return [...read('Cluster', 'cluster'), ...read('Node', 'node')].sort((a, b) => Number(a.isHere) - Number(b.isHere))
}
