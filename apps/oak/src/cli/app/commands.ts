import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addJson, addWaiting, optionsOf } from '../options.ts'
import { type CreateOptions, createApplication } from './create.ts'
import { type DeleteOptions, deleteApplications } from './delete.ts'
import { inspectApplication } from './inspect.ts'
import { type IsolateOptions, isolateApplication } from './isolate.ts'
import { listApplications } from './list.ts'

export function addAppCommands(program: Command, context: CliContext): void {
  const app = program.command('app').aliases(['a', 'application']).description('Applications: groups of services')
  addWaiting(addJson(app.command('create').alias('c')))
    .description('Create the applications of a descriptor')
    .argument('[file]', 'descriptor in JSON; - reads standard input')
    .option('-f, --file <file>', 'the same as the argument')
    .option('-d, --deploy', 'deploy one instance of every service')
    .action((file: string | undefined, _, command: Command) => createApplication(context, file, optionsOf<CreateOptions>(command)))
  addJson(app.command('list').aliases(['ls', 'show', 's']))
    .description('List applications')
    .action((_, command: Command) => listApplications(context, optionsOf(command)))
  addJson(app.command('inspect').alias('i'))
    .description('Show one application and its services')
    .argument('<application>', 'name or id')
    .action((word: string, _, command: Command) => inspectApplication(context, word, optionsOf(command)))
  app
    .command('isolate')
    .description('Keep instances of other applications out, but for those that its descriptor names')
    .argument('<application>', 'name or id')
    .option('--off', 'let everybody in again')
    .action((word: string, _, command: Command) => isolateApplication(context, word, optionsOf<IsolateOptions>(command)))
  app
    .command('delete')
    .aliases(['d', 'del', 'rm'])
    .description('Delete applications and end all their instances')
    .argument('[applications...]', 'names or ids')
    .option('--all', 'every application')
    .option('-y, --yes', 'do not ask')
    .action((words: string[], _, command: Command) => deleteApplications(context, words, optionsOf<DeleteOptions>(command)))
}
