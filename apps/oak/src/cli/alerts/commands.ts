import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { addJson, optionsOf } from '../options.ts'
import { type AlertsOptions, showAlerts } from './show-alerts.ts'

export function addAlertCommands(program: Command, context: CliContext): void {
  addJson(program.command('alerts'))
    .description('Show which alerts are firing, the most urgent first')
    .option('--past', 'those that are over, the newest first')
    .option('--rules', 'what is watched')
    .action((_, command: Command) => showAlerts(context, optionsOf<AlertsOptions>(command)))
}
