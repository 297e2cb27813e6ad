import { type CliContext, openClient } from '../context.ts'
import { changedLabels, parseLabelChanges } from '../labels.ts'
import { type Options, printResult } from '../options.ts'
import { findNode } from '../resolve.ts'

/** Changes the labels of a node and prints those it then carries; without a change it only prints them. */
export async function labelNode(context: CliContext, word: string, words: readonly string[], options: Options): Promise<void> {
  const changes = parseLabelChanges(words)
  const client = await openClient(context, options)
  const node = await findNode(client, word)
  const all = node.labels ?? []
  const configured = node.facts?.labels ?? []
  const own = changedLabels(all, configured, changes)
  if (words.length > 0) await client.changeNode(node.cluster_id, node.id, { labels: own })
  const labels = [...new Set([...configured, ...own])].sort()
  if (labels.length === 0) context.output.talk(`${node.name} carries no label. Set one with: oak node label ${node.name} KEY=VALUE`)
  printResult(context, options.json, labels, () => labels)
}
