import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addDaemonCommand } from '../machine/daemon-command.ts'
import { addJson, optionsOf } from '../options.ts'
import { clusterJoinToken } from './join-token.ts'
import { inspectCluster, listClusters } from './list.ts'

export function addClusterCommands(program: Command, context: CliContext): void {
  const cluster = program.command('cluster').aliases(['cl', 'clusters']).description('Clusters; without a command: run one on this machine')
  addDaemonCommand(cluster, context, ['cluster'])
  addJson(cluster.command('list').aliases(['ls', 'show']))
    .description('List clusters')
    .option('-a, --all', 'also those that are away (the default)')
    .option('--no-all', 'only those that are connected')
    .action((_, command: Command) => listClusters(context, optionsOf<{ all?: boolean }>(command)))
  addJson(cluster.command('inspect').aliases(['info', 'i']))
    .description('Show one cluster')
    .argument('<cluster>', 'name or id')
    .action((word: string, _, command: Command) => inspectCluster(context, word, optionsOf(command)))
  addJson(cluster.command('join-token'))
    .description('Make a token with which a new cluster joins root')
    .argument('<name>', 'name the cluster will have')
    .action((name: string, _, command: Command) => clusterJoinToken(context, name, optionsOf(command)))
}
