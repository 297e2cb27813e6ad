import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addDaemonCommand } from '../machine/daemon-command.ts'
import type { RemoveOptions } from '../node/remove.ts'
import { addJson, optionsOf, timeoutOption } from '../options.ts'
import { clusterJoinToken } from './join-token.ts'
import { inspectCluster, listClusters } from './list.ts'
import { cordonCluster, labelCluster, removeCluster } from './operations.ts'
import { adoptUnclaimed, dropUnclaimed, listUnclaimed, type WhichOptions } from './unclaimed.ts'

const CLUSTER = 'name or id'
const EMPTYING_MS = 600_000

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
    .argument('<cluster>', CLUSTER)
    .action((word: string, _, command: Command) => inspectCluster(context, word, optionsOf(command)))
  addJson(cluster.command('join-token'))
    .description('Make a token with which a new cluster joins root')
    .argument('<name>', 'name the cluster will have')
    .action((name: string, _, command: Command) => clusterJoinToken(context, name, optionsOf(command)))
  addOperations(cluster, context)
  addUnclaimed(cluster, context)
}

function addUnclaimed(cluster: Command, context: CliContext): void {
  const instance = 'id, or app.appns.service.servicens.number'
  addJson(cluster.command('unclaimed'))
    .description('List what clusters run and nobody is known to want, since root was restored or replaced')
    .action((_, command: Command) => listUnclaimed(context, optionsOf(command)))
  cluster
    .command('adopt')
    .description('Make an unclaimed instance one of its service again, which is made again when it is not known')
    .argument('[instance]', instance)
    .option('-a, --all', 'all of them')
    .action((word: string | undefined, _, command: Command) => adoptUnclaimed(context, word, optionsOf<WhichOptions>(command)))
  cluster
    .command('drop')
    .description('End an unclaimed instance')
    .argument('[instance]', instance)
    .option('-a, --all', 'all of them')
    .option('-y, --yes', 'do not ask')
    .action((word: string | undefined, _, command: Command) => dropUnclaimed(context, word, optionsOf<WhichOptions>(command)))
}

function addOperations(cluster: Command, context: CliContext): void {
  cluster
    .command('cordon')
    .description('Give a cluster no new instances')
    .argument('<cluster>', CLUSTER)
    .action((word: string, _, command: Command) => cordonCluster(context, word, true, optionsOf(command)))
  cluster
    .command('uncordon')
    .description('Give a cluster new instances again')
    .argument('<cluster>', CLUSTER)
    .action((word: string, _, command: Command) => cordonCluster(context, word, false, optionsOf(command)))
  cluster
    .command('remove')
    .alias('rm')
    .description('Take a cluster away from root for good')
    .argument('<cluster>', CLUSTER)
    .option('-y, --yes', 'do not ask')
    .option('-w, --wait', 'wait until it is gone')
    .addOption(timeoutOption('longest wait, such as 90s or 5m', EMPTYING_MS))
    .action((word: string, _, command: Command) => removeCluster(context, word, optionsOf<RemoveOptions>(command)))
  addJson(cluster.command('label'))
    .description('Set and take away labels, and print those a cluster carries')
    .argument('<cluster>', CLUSTER)
    .argument('[changes...]', 'key=value sets, key- takes away')
    .action((word: string, words: string[], _, command: Command) => labelCluster(context, word, words, optionsOf(command)))
}
