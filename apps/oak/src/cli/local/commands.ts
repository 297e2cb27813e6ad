import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addJson, optionsOf, wholeNumber } from '../options.ts'
import { deployLocally, restartLocally, scaleLocally, undeployLocally } from './change.ts'
import { listLocally, listLocalNodes, listOrders } from './list.ts'
import type { LocalOptions } from './local-client.ts'

const SERVICE = 'name, application.name, or id'

export function addLocalCommands(program: Command, context: CliContext): void {
  const local = program
    .command('local')
    .description('Look at and change a cluster itself, also without root')
    .option('--token-file <file>', "the cluster's token, where it is not on this machine")
  addViews(local, context)
  addJson(local.command('deploy'))
    .description('Start the services of a descriptor in this cluster')
    .argument('[file]', 'the descriptor; - for standard input')
    .option('-f, --file <file>', 'the descriptor; - for standard input')
    .action((file: string | undefined, _, command: Command) =>
      deployLocally(context, file, optionsOf<LocalOptions & { file?: string }>(command)),
    )
  local
    .command('scale')
    .description('Have this many instances of a service in this cluster')
    .argument('<service>', SERVICE)
    .argument('<count>', 'how many', wholeNumber(0))
    .action((word: string, count: number, _, command: Command) => scaleLocally(context, word, count, optionsOf(command)))
  local
    .command('restart')
    .description('Start an instance of this cluster again where it is')
    .argument('<service>', SERVICE)
    .argument('<number>', 'the number of the instance', wholeNumber(0))
    .action((word: string, number: number, _, command: Command) => restartLocally(context, word, number, optionsOf(command)))
  local
    .command('undeploy')
    .alias('down')
    .description('End one instance in this cluster, or all of a service')
    .argument('<service>', SERVICE)
    .argument('[number]', 'the number of the instance', wholeNumber(0))
    .option('-y, --yes', 'do not ask')
    .action((word: string, number: number | undefined, _, command: Command) => undeployLocally(context, word, number, optionsOf(command)))
}

function addViews(local: Command, context: CliContext): void {
  addJson(local.command('list').aliases(['ls', 'show']))
    .description('List what runs in this cluster, and what was ordered here')
    .action((_, command: Command) => listLocally(context, optionsOf(command)))
  addJson(local.command('orders'))
    .description('List what was changed here and root has not confirmed')
    .action((_, command: Command) => listOrders(context, optionsOf(command)))
  addJson(local.command('nodes'))
    .description('List the nodes of this cluster')
    .action((_, command: Command) => listLocalNodes(context, optionsOf(command)))
}
