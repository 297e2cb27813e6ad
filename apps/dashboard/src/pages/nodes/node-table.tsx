import type { Api } from '@oakestra/api-client'
import { Labels } from '../../ui/labels.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { count, mebibytesText } from '../../words/amounts.ts'
import { presenceHint, presenceText } from '../../words/presence.ts'
import { LoadMeter } from './load.tsx'
import { NodeMenu } from './node-menu.tsx'

interface NodeTableProps {
  readonly nodes: readonly Api.Node[]
  readonly withCluster?: boolean
}

export function NodeTable({ nodes, withCluster = false }: NodeTableProps) {
  return (
    <table className="oak-table">
      <thead>
        <tr>
          <th>Node</th>
          <th>State</th>
          {withCluster ? <th>Cluster</th> : null}
          <th>CPU</th>
          <th>Memory</th>
          <th>Instances</th>
          <th aria-label="Actions" />
        </tr>
      </thead>
      <tbody>
        {nodes.map((node) => (
          <Row key={node.id} node={node} withCluster={withCluster} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ node, withCluster }: { readonly node: Api.Node; readonly withCluster: boolean }) {
  const { facts } = node
  const size = facts ? `${count(facts.vcpus, 'core')}, ${mebibytesText(facts.memory_mib)}` : undefined
  return (
    <tr>
      <td data-wide="true">
        <strong>{node.name}</strong>
        <div className="oak-sub">{[node.address, node.architecture, size].filter(Boolean).join(' · ')}</div>
        <Faults node={node} />
        {node.labels.length > 0 ? (
          <div style={{ marginTop: 4 }}>
            <Labels labels={node.labels} />
          </div>
        ) : null}
      </td>
      <td data-label="State">
        <StatusPill status={presenceText(node)} hint={presenceHint('node', node)} />
      </td>
      {withCluster ? <td data-label="Cluster">{node.cluster_name}</td> : null}
      <td data-label="CPU">
        <LoadMeter id={node.id} what="cpuPercent" asked={node.cpu_percent} label={`CPU of ${node.name}`} withCourse />
      </td>
      <td data-label="Memory">
        <LoadMeter id={node.id} what="memoryPercent" asked={node.memory_percent} label={`Memory of ${node.name}`} />
      </td>
      <td data-label="Instances" className="oak-number">
        {node.instances ?? '–'}
      </td>
      <td className="oak-right">
        <NodeMenu node={node} />
      </td>
    </tr>
  )
}

/** What it was started for and cannot run now. */
function Faults({ node }: { readonly node: Api.Node }) {
  return Object.entries(node.facts?.faults ?? {}).map(([virtualization, reason]) => (
    <div key={virtualization} className="oak-sub" style={{ color: 'var(--oak-warn)' }}>
      Cannot run {virtualization} now: {reason}
    </div>
  ))
}
