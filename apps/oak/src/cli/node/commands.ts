import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addDaemonCommand } from '../machine/daemon-command.ts'
import { addJson, optionsOf, timeoutOption } from '../options.ts'
import { cordonNode, uncordonNode } from './cordon.ts'
import { type DrainOptions, drainNode } from './drain.ts'
import { nodeJoinToken } from './join-token.ts'
import { labelNode } from './label.ts'
import { listNodes } from './list.ts'
import { type RemoveOptions, removeNode } from './remove.ts'

const NODE = 'name, cluster.name, or id'
const EMPTYING_MS = 600_000

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
  addOperations(node, context)
}

function addOperations(node: Command, context: CliContext): void {
  node
    .command('cordon')
    .description('Give a node no new instances')
    .argument('<node>', NODE)
    .action((word: string, _, command: Command) => cordonNode(context, word, optionsOf(command)))
  node
    .command('uncordon')
    .description('Give a node new instances again; ends a drain')
    .argument('<node>', NODE)
    .action((word: string, _, command: Command) => uncordonNode(context, word, optionsOf(command)))
  node
    .command('drain')
    .description('Move everything a node has to other nodes, and wait for it')
    .argument('<node>', NODE)
    .option('--no-wait', 'only ask for it')
    .addOption(timeoutOption('longest wait, such as 90s or 5m', EMPTYING_MS))
    .action((word: string, _, command: Command) => drainNode(context, word, optionsOf<DrainOptions>(command)))
  node
    .command('remove')
    .alias('rm')
    .description('Take a node out of its cluster for good')
    .argument('<node>', NODE)
    .option('-y, --yes', 'do not ask')
    .option('-w, --wait', 'wait until it is gone')
    .addOption(timeoutOption('longest wait, such as 90s or 5m', EMPTYING_MS))
    .action((word: string, _, command: Command) => removeNode(context, word, optionsOf<RemoveOptions>(command)))
  addJson(node.command('label'))
    .description('Set and take away labels, and print those a node carries')
    .argument('<node>', NODE)
    .argument('[changes...]', 'key=value sets, key- takes away')
    .action((word: string, words: string[], _, command: Command) => labelNode(context, word, words, optionsOf(command)))
}
