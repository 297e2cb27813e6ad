import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { findCluster } from '../resolve.ts'
import { paintStanding, standingOf } from '../standing.ts'
import { renderFields, renderTable } from '../table.ts'

export async function listClusters(context: CliContext, options: Options<{ readonly all?: boolean }>): Promise<void> {
  const client = await openClient(context, options)
  const clusters = (await client.clusters()).filter((cluster) => options.all !== false || cluster.active)
  const { paint } = context.output
  printResult(context, options.json, clusters, () => {
    if (clusters.length === 0) context.output.talk('No clusters yet. Make a token for one with: oak cluster join-token NAME')
    return renderTable(clusters, [
      { title: 'CLUSTER ID', value: (row) => row._id },
      { title: 'NAME', value: (row) => row.cluster_name },
      {
        title: 'STATUS',
        value: standingOf,
        paint: (text, row) => paintStanding(paint, row)(text),
      },
      { title: 'NODES', value: (row) => row.active_nodes },
      { title: 'CORES', value: (row) => row.total_cpu_cores },
      { title: 'CPU %', value: (row) => percent(row.cpu_percent) },
      { title: 'MEM %', value: (row) => percent(row.memory_percent) },
      { title: 'ADDRESS', value: (row) => row.ip },
      { title: 'LOCATION', value: (row) => row.cluster_location },
      { title: 'LABELS', value: (row) => row.labels?.join(',') },
    ])
  })
}

export async function inspectCluster(context: CliContext, word: string, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const cluster = await findCluster(client, word)
  printResult(context, options.json, cluster, () =>
    renderFields([
      ['cluster', cluster.cluster_name],
      ['id', cluster._id],
      ['status', standingOf(cluster)],
      ['address', cluster.ip],
      ['api port', cluster.port],
      ['location', cluster.cluster_location],
      ['nodes', cluster.active_nodes],
      ['cores', cluster.total_cpu_cores],
      ['cpu', cluster.cpu_percent === undefined ? undefined : `${percent(cluster.cpu_percent)} %`],
      ['memory', cluster.memory_percent === undefined ? undefined : `${percent(cluster.memory_percent)} %`],
      ['memory free', cluster.memory_in_mb === undefined ? undefined : `${cluster.memory_in_mb} MB`],
      ['runs', cluster.virtualization?.join(', ')],
      ['labels', cluster.labels?.join(', ')],
    ]),
  )
}

function percent(value: number | undefined): string | undefined {
  return value?.toFixed(1)
}
