import { type CliContext, openClient } from '../context.ts'
import { changedLabels, parseLabelChanges } from '../labels.ts'
import { type RemoveOptions, untilGone } from '../node/remove.ts'
import { confirm, type Options, printResult } from '../options.ts'
import { findCluster } from '../resolve.ts'

export async function cordonCluster(context: CliContext, word: string, cordoned: boolean, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const cluster = await findCluster(client, word)
  await client.changeCluster(cluster._id, { cordoned })
  const name = cluster.cluster_name
  context.output.talk(cordoned ? `${name} gets no new instances; what it has stays.` : `${name} gets new instances again.`)
}

/** Takes a cluster away from root for good: its instances go to others, its certificate is refused. */
export async function removeCluster(context: CliContext, word: string, options: Options<RemoveOptions>): Promise<void> {
  const client = await openClient(context, options)
  const { _id: id, cluster_name: name, active_nodes: nodes } = await findCluster(client, word)
  const what = nodes ? ` with ${nodes} active node(s)` : ''
  await confirm(context, options.yes, `This removes the cluster ${name}${what} and moves its instances to other clusters.`)
  await client.removeCluster(id)
  if (options.wait) await untilGone(context, options.timeout, name, async () => clusterLeft(await client.clusters(), id))
  context.output.talk(
    options.wait ? `Removed ${name}.` : `${name} is being removed. It is gone when "oak cluster list" no longer shows it.`,
  )
}

function clusterLeft(clusters: readonly { readonly _id: string }[], id: string): object | undefined {
  return clusters.some((cluster) => cluster._id === id) ? {} : undefined
}

/** Changes the labels of a cluster and prints them; without a change it only prints them. */
export async function labelCluster(context: CliContext, word: string, words: readonly string[], options: Options): Promise<void> {
  const changes = parseLabelChanges(words)
  const client = await openClient(context, options)
  const cluster = await findCluster(client, word)
  const labels = changedLabels(cluster.labels ?? [], [], changes)
  if (words.length > 0) await client.changeCluster(cluster._id, { labels })
  const name = cluster.cluster_name
  if (labels.length === 0) context.output.talk(`${name} carries no label. Set one with: oak cluster label ${name} KEY=VALUE`)
  printResult(context, options.json, labels, () => labels)
}
