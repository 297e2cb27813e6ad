import { Argument, type Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addJson, addWaiting, optionsOf, type WaitingOptions, wholeNumber } from '../options.ts'
import { type DeployOptions, deployServices } from './deploy.ts'
import { inspectService } from './inspect.ts'
import { listServices } from './list.ts'
import { type LogsOptions, showLogs } from './logs.ts'
import { scaleService } from './scale.ts'
import { undeployService } from './undeploy.ts'

const SERVICE = 'name, application.name, or id'

export function addServiceCommands(program: Command, context: CliContext): void {
  const service = program.command('service').aliases(['s', 'svc', 'services']).description('Services and their instances')
  addReading(service, context)
  addChanging(service, context)
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

function addChanging(service: Command, context: CliContext): void {
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
    .description('Add instances, or end the youngest')
    .addArgument(new Argument('<direction>', 'which way').choices(['up', 'down']))
    .argument('<service>', SERVICE)
    .argument('<count>', 'by how many', wholeNumber(1))
    .action((direction: 'up' | 'down', word: string, count: number, _, command: Command) =>
      scaleService(context, direction, word, count, optionsOf<WaitingOptions>(command)),
    )
}
