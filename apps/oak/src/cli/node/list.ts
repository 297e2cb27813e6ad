import type { NodeView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { paintStanding, standingOf } from '../standing.ts'
import { renderTable } from '../table.ts'

export async function listNodes(context: CliContext, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const nodes = await client.nodes()
  const { paint } = context.output
  for (const line of nodes.flatMap(faultsOf)) context.output.talk(line)
  printResult(context, options.json, nodes, () => {
    if (nodes.length === 0) context.output.talk('No nodes yet. Make a token for one with: oak node join-token CLUSTER')
    return renderTable(nodes, [
      { title: 'NODE ID', value: (row) => row.id },
      { title: 'NAME', value: (row) => row.name },
      { title: 'CLUSTER', value: (row) => row.cluster_name || row.cluster_id },
      { title: 'STATUS', value: standingOf, paint: (text, row) => paintStanding(paint, row)(text) },
      { title: 'INSTANCES', value: (row) => row.instances },
      { title: 'ARCH', value: (row) => row.architecture },
      { title: 'RUNS', value: (row) => row.facts?.virtualization?.join(',') },
      { title: 'CORES', value: (row) => row.facts?.vcpus },
      { title: 'MEMORY', value: (row) => row.facts && `${row.facts.memory_mib} MiB` },
      { title: 'CPU %', value: (row) => row.cpu_percent?.toFixed(1) },
      { title: 'MEM %', value: (row) => row.memory_percent?.toFixed(1) },
      { title: 'ADDRESS', value: (row) => row.address },
      { title: 'LABELS', value: (row) => row.labels?.join(',') },
    ])
  })
}

/** What a node was started for and cannot do is nowhere else to be seen before somebody needs it. */
function faultsOf({ name, facts }: NodeView): readonly string[] {
  return Object.entries(facts?.faults ?? {}).map(([virtualization, reason]) => `${name} cannot run ${virtualization} now: ${reason}`)
}
