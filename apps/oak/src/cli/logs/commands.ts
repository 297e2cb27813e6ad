import { type Command, Option } from 'commander'
import type { CliContext } from '../context.ts'
import { addJson, duration, optionsOf, wholeNumber } from '../options.ts'
import { type LogsOptions, showLogs } from './show-logs.ts'

const LIMIT_DEFAULT = 200

export function addLogCommands(program: Command, context: CliContext): void {
  addJson(program.command('logs'))
    .description('Show what the control plane logged, the newest last; what a service writes: oak service logs')
    .option('-f, --follow', 'go on with what is logged from now on')
    .option('-l, --level <levels>', 'such as error, or error,warn')
    .option('-r, --role <role>', 'of one component: root, cluster or node')
    .option('-t, --text <text>', 'with this in the message or a field')
    .addOption(new Option('--since <time>', 'nothing older, such as 1h').argParser(duration))
    .option('-n, --limit <number>', 'at most so many', wholeNumber(1), LIMIT_DEFAULT)
    .action((_, command: Command) => showLogs(context, optionsOf<LogsOptions>(command)))
}
