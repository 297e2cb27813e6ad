import type { Command } from 'commander'
import type { NodeView } from '../../client/types.ts'
import type { CliContext } from '../context.ts'
import { openClient } from '../context.ts'
import { addDaemonCommand } from '../machine/daemon-command.ts'
import { addJson, type Options, optionsOf, printResult } from '../options.ts'
import { findCluster } from '../resolve.ts'
import { renderTable } from '../table.ts'

export function addNodeCommands(program: Command, context: CliContext): void {
  const node = program.command('node').aliases(['n', 'nodes']).description('Nodes; without a command: run one on this machine')
  addDaemonCommand(node, context, ['node'])
  addJson(node.command('list').aliases(['ls', 'show']))
    .description('List the nodes of all clusters')
    .action((_, command: Command) => listNodes(context, optionsOf(command)))
  addJson(node.command('join-token'))
    .description('Make a token with which a new node joins a cluster')
    .argument('<cluster>', 'name or id')
    .action((word: string, _, command: Command) => nodeJoinToken(context, word, optionsOf(command)))
}

async function listNodes(context: CliContext, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const nodes = await client.nodes()
  const { paint } = context.output
  printResult(context, options.json, nodes, () => {
    if (nodes.length === 0) context.output.talk('No nodes yet. Make a token for one with: oak node join-token CLUSTER')
    return renderTable(nodes, [
      { title: 'NODE ID', value: (row) => row.id },
      { title: 'NAME', value: (row) => row.name },
      { title: 'CLUSTER', value: (row) => row.cluster_name || row.cluster_id },
      { title: 'STATUS', value: stateOf, paint: (text, row) => (row.state === 'connected' ? paint.green(text) : paint.red(text)) },
      { title: 'INSTANCES', value: (row) => row.instances },
      { title: 'ARCH', value: (row) => row.architecture },
      { title: 'CORES', value: (row) => row.facts?.vcpus },
      { title: 'MEMORY', value: (row) => row.facts && `${row.facts.memory_mib} MiB` },
      { title: 'CPU %', value: (row) => row.cpu_percent?.toFixed(1) },
      { title: 'MEM %', value: (row) => row.memory_percent?.toFixed(1) },
      { title: 'ADDRESS', value: (row) => row.address },
    ])
  })
}

function stateOf(node: NodeView): string {
  return node.state === 'connected' ? 'active' : 'away'
}

/** The token alone is the result; what to do with it is talk. */
async function nodeJoinToken(context: CliContext, word: string, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const cluster = await findCluster(client, word)
  const token = await client.nodeJoinToken(cluster._id)
  printResult(context, options.json, { token }, () => [token])
  context.output.talk('On the node: oak node --detach --join TOKEN')
}
