import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addTimelineCommand } from '../events/commands.ts'
import { addJson, addWaiting, optionsOf, type WaitingOptions, wholeNumber } from '../options.ts'
import { type DeployOptions, deployServices } from './deploy.ts'
import { showHistory } from './history.ts'
import { inspectService } from './inspect.ts'
import { listServices } from './list.ts'
import { type LogsOptions, showLogs } from './logs.ts'
import { type MoveOptions, moveInstance } from './move.ts'
import { type PublishOptions, publishService, unpublishService } from './publish.ts'
import { type RestartOptions, restartService } from './restart.ts'
import { type ScaleOptions, scaleService } from './scale.ts'
import { undeployService } from './undeploy.ts'
import { rollBackService, type UpdateOptions, updateService } from './update.ts'

const SERVICE = 'name, application.name, or id'

export function addServiceCommands(program: Command, context: CliContext): void {
  const service = program.command('service').aliases(['s', 'svc', 'services']).description('Services and their instances')
  addReading(service, context)
  addInstanceCommands(service, context)
  addGatewayCommands(service, context)
  addRevisionCommands(service, context)
  addTimelineCommand(service, context)
}

function addReading(service: Command, context: CliContext): void {
  addJson(service.command('list').aliases(['ls', 'show', 's']))
    .description('List services')
    .option('-a, --app <application>', 'only those of one application')
    .action((_, command: Command) => listServices(context, optionsOf<{ app?: string }>(command)))
  addJson(service.command('inspect').alias('i'))
    .description('Show a service and its instances, or one instance')
    .argument('<service>', SERVICE)
    .argument('[instance]', 'number', wholeNumber(0))
    .action((word: string, number: number | undefined, _, command: Command) => inspectService(context, word, number, optionsOf(command)))
  addJson(service.command('logs'))
    .description('Print what an instance printed')
    .argument('<service>', SERVICE)
    .argument('[instance]', 'number; may be left out when there is only one', wholeNumber(0))
    .option('-f, --follow', 'go on with what is printed from now on')
    .option('-n, --tail <lines>', 'only the last so many lines', wholeNumber(0))
    .option('-t, --timestamps', 'with the time of each line')
    .action((word: string, number: number | undefined, _, command: Command) =>
      showLogs(context, word, number, optionsOf<LogsOptions>(command)),
    )
}

function addInstanceCommands(service: Command, context: CliContext): void {
  addWaiting(addJson(service.command('deploy').alias('d')))
    .description('Ask for one more instance')
    .argument('[services...]', SERVICE)
    .option('-c, --count <number>', 'instances of each', wholeNumber(1), 1)
    .option('--all', 'every service')
    .action((words: string[], _, command: Command) => deployServices(context, words, optionsOf<DeployOptions>(command)))
  service
    .command('undeploy')
    .aliases(['u', 'down'])
    .description('End one instance, or all of a service')
    .argument('<service>', SERVICE)
    .argument('[instance]', 'number; all when left out', wholeNumber(0))
    .option('-y, --yes', 'do not ask')
    .action((word: string, number: number | undefined, _, command: Command) =>
      undeployService(context, word, number, optionsOf<{ yes?: boolean }>(command)),
    )
  addWaiting(service.command('scale'))
    .description('Say how many instances there shall be; or: up|down SERVICE BY')
    .argument('<service>', SERVICE)
    .argument('<service-or-number>', 'how many; none: as many as are asked for one by one')
    .argument('[by]', 'after up or down: by how many')
    .option('-y, --yes', 'do not ask')
    .action((first: string, second: string, third: string | undefined, _, command: Command) =>
      scaleService(context, third === undefined ? [first, second] : [first, second, third], optionsOf<ScaleOptions>(command)),
    )
  addWaiting(service.command('restart'))
    .description('Start an instance again where it is, or all of a service one after the other')
    .argument('<service>', SERVICE)
    .argument('[instance]', 'number; all when left out', wholeNumber(0))
    .option('-r, --reason <sentence>', 'why, for its events')
    .action((word: string, number: number | undefined, _, command: Command) =>
      restartService(context, word, number, optionsOf<RestartOptions>(command)),
    )
  addWaiting(service.command('move').alias('mv'))
    .description('Give an instance another place')
    .argument('<service>', SERVICE)
    .argument('[instance]', 'number; may be left out when there is only one', wholeNumber(0))
    .option('-n, --node <node>', 'to this node: name, cluster.name, or id')
    .option('-c, --cluster <cluster>', 'to this cluster: name or id')
    .action((word: string, number: number | undefined, _, command: Command) =>
      moveInstance(context, word, number, optionsOf<MoveOptions>(command)),
    )
}

function addGatewayCommands(service: Command, context: CliContext): void {
  const each = (value: string, before: readonly string[] = []) => [...before, value]
  service
    .command('publish')
    .description('Let clients outside the overlay reach a service at ports of nodes')
    .argument('<service>', SERVICE)
    .requiredOption(
      '-p, --port <port>',
      'node[:instance][/udp]: port of the nodes, and of the instances where that is another; repeatable',
      each,
    )
    .option('--host <name>', 'only HTTP requests for this host name; others may share the port')
    .option('-n, --nodes <node>', 'at this node, or at those with this label (key=value); repeatable; without: at every node', each)
    .action((word: string, _, command: Command) => publishService(context, word, optionsOf<PublishOptions>(command)))
  service
    .command('unpublish')
    .description('Take back what publish, or the descriptor, said')
    .argument('<service>', SERVICE)
    .action((word: string, _, command: Command) => unpublishService(context, word, optionsOf(command)))
}

function addRevisionCommands(service: Command, context: CliContext): void {
  addWaiting(addJson(service.command('update')))
    .description('Change a service to what a descriptor says, instance by instance')
    .argument('<service>', SERVICE)
    .requiredOption('-f, --file <file>', 'its descriptor in JSON, alone or in an application; - reads standard input')
    .option('--dry-run', 'only show what would change')
    .action((word: string, _, command: Command) => updateService(context, word, optionsOf<UpdateOptions>(command)))
  addWaiting(addJson(service.command('rollback')))
    .description('Go back to what a service was before')
    .argument('<service>', SERVICE)
    .option('-r, --revision <number>', 'to this revision; without: to the one before', wholeNumber(0))
    .action((word: string, _, command: Command) =>
      rollBackService(context, word, optionsOf<WaitingOptions & { revision?: number }>(command)),
    )
  addJson(service.command('history'))
    .description('List the revisions of a service')
    .argument('<service>', SERVICE)
    .action((word: string, _, command: Command) => showHistory(context, word, optionsOf(command)))
}
