import type { Command } from 'commander'
import { VERSION } from '../../version.ts'
import { addressOf, type CliContext, dataDirOf, settingOptions, tokenStore } from '../context.ts'
import { addJson, confirm, type Options, optionsOf, printResult, timeoutOption } from '../options.ts'
import { renderTable } from '../table.ts'
import { addDaemonCommand } from './daemon-command.ts'
import { type DownOptions, stopMachine } from './down.ts'
import { type LoginOptions, logIn, logOut } from './login.ts'
import { showStatus } from './status.ts'

/** Commands about this machine: start, look, stop, remove. */
export function addMachineCommands(program: Command, context: CliContext): void {
  addDaemonCommand(program.command('up').description('Run root, a cluster and a node on this machine, in one process'), context, [
    'root',
    'cluster',
    'node',
  ])
  program
    .command('down')
    .description('Stop what "oak up" and the other daemons run here; workloads go on running')
    .option('--force', 'kill what does not end in time')
    .addOption(timeoutOption('longest wait', 30_000))
    .action((_, command: Command) => stopMachine(context, optionsOf<DownOptions>(command)))
  addJson(program.command('status'))
    .description('Say what runs here and how root is')
    .action((_, command: Command) => showStatus(context, optionsOf(command)))
  addJson(program.command('clean'))
    .description('Stop everything and remove every trace from this machine: workloads, networks, data')
    .option('-y, --yes', 'do not ask')
    .action((_, command: Command) => clean(context, optionsOf<{ yes?: boolean }>(command)))
  addDaemonCommand(program.command('root').description('Run only root on this machine'), context, ['root'])
}

/** Commands about the program and its user. */
export function addAccountCommands(program: Command, context: CliContext): void {
  program
    .command('login')
    .description('Log in at root and keep the tokens for later commands')
    .option('-u, --username <name>', 'user')
    .option('--password-stdin', 'read the password from standard input')
    .action((_, command: Command) => logIn(context, optionsOf<LoginOptions>(command)))
  program
    .command('logout')
    .description('Forget the login')
    .action((_, command: Command) => logOut(context, optionsOf(command)))
  const config = program.command('config').description('Settings of the daemons')
  addJson(config.command('show').alias('s'))
    .description('Show every setting, its value here and where that comes from')
    .action((_, command: Command) => showConfig(context, optionsOf(command)))
  config
    .command('virtualization')
    .description('Say in the configuration file whether the node of this machine offers a virtualization')
    .argument('<name>', 'unikernel')
    .argument('<on|off>', 'from the next start of the node on')
    .action((name: string, word: string, _: unknown, command: Command) => switchVirtualization(context, command, name, word))
  addJson(program.command('version').alias('v'))
    .description('Print the version of this program')
    .action((_, command: Command) =>
      printResult(context, optionsOf(command).json, { version: VERSION, node: process.version }, () => [VERSION]),
    )
}

async function clean(context: CliContext, options: Options<{ readonly yes?: boolean }>): Promise<void> {
  const dataDir = await dataDirOf(context, options)
  await confirm(context, options.yes, `This ends every workload that runs with ${dataDir} and deletes its data.`)
  const api = await addressOf(context, options)
  const daemon = await context.loadDaemon()
  const removed = [...(await daemon.cleanMachine(context, settingOptions(options, {})))]
  // A login at a root that is gone opens nothing.
  if (removed.length > 0 && tokenStore(context).delete(api.origin)) removed.push(`login at ${api.origin}`)
  printResult(context, options.json, removed, () => removed.map((line) => `removed ${line}`))
  if (removed.length === 0) context.output.talk('There was nothing to remove.')
}

async function switchVirtualization(context: CliContext, command: Command, name: string, word: string): Promise<void> {
  const daemon = await context.loadDaemon()
  const file = await daemon.switchVirtualization(context, settingOptions(optionsOf(command), {}), name, word)
  context.output.talk(`Written to ${file}; it counts from the next start of the node on.`)
}

async function showConfig(context: CliContext, options: Options): Promise<void> {
  const daemon = await context.loadDaemon()
  const settings = await daemon.showConfig(context, settingOptions(options, {}))
  printResult(context, options.json, settings, () =>
    renderTable(settings, [
      { title: 'SETTING', value: (row) => row.path },
      { title: 'VALUE', value: (row) => String(row.value ?? '') },
      { title: 'FROM', value: (row) => row.origin },
    ]),
  )
}
