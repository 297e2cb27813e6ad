import { type Command, Option } from 'commander'
import type { CliContext } from '../context.ts'
import { addJson, duration, optionsOf, wholeNumber } from '../options.ts'
import { type EventsOptions, showEvents } from './show-events.ts'
import { showTimeline } from './timeline.ts'

const LIMIT_DEFAULT = 100

export function addEventCommands(program: Command, context: CliContext): void {
  addJson(program.command('events'))
    .description('Show what happened, the newest last')
    .option('-f, --follow', 'go on with what happens from now on')
    .option('-a, --application <application>', 'of one application')
    .option('-s, --service <service>', 'of one service')
    .option('-c, --cluster <cluster>', 'of one cluster')
    .option('--node <node>', 'of one node')
    .option('-k, --kind <kinds>', 'such as instance.status, or service,cluster')
    .addOption(new Option('--since <time>', 'nothing older, such as 1h').argParser(duration))
    .option('-n, --limit <number>', 'at most so many', wholeNumber(1), LIMIT_DEFAULT)
    .action((_, command: Command) => showEvents(context, optionsOf<EventsOptions>(command)))
}

/** Adds `oak service timeline`. */
export function addTimelineCommand(service: Command, context: CliContext): void {
  addJson(service.command('timeline'))
    .description('Show what happened to a service or an instance, step by step')
    .argument('<service>', 'name, application.name, or id')
    .argument('[instance]', 'number; also of one that is gone', wholeNumber(0))
    .action((word: string, number: number | undefined, _, command: Command) => showTimeline(context, word, number, optionsOf(command)))
}
