import { Command } from 'commander'
import { VERSION } from '../version.ts'
import { addAlertCommands } from './alerts/commands.ts'
import { addAppCommands } from './app/commands.ts'
import { addClusterCommands } from './cluster/commands.ts'
import { addCompletionCommands } from './completion.ts'
import type { CliContext } from './context.ts'
import { addDebugCommands } from './debug/commands.ts'
import { addEventCommands } from './events/commands.ts'
import { addHookCommands } from './hook/commands.ts'
import { addLocalCommands } from './local/commands.ts'
import { addLogCommands } from './logs/commands.ts'
import { addAccountCommands, addMachineCommands } from './machine/commands.ts'
import { addNodeCommands } from './node/commands.ts'
import { addResourceCommands } from './resource/commands.ts'
import { addServiceCommands } from './service/commands.ts'

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong command line or settings, 3 nothing answers,
4 refused, 5 not found, 6 timed out waiting. Results go to standard output, talk to standard error.`

/** The whole command tree. Every error leaves as an exception, so that one place decides what is printed. */
export function createProgram(context: CliContext): Command {
  const program = new Command('oak')
    .description('Oakestra: an edge orchestrator in one program')
    .version(VERSION, '-V, --version')
    .option('--api <address>', 'where root answers: host, host:port or URL (OAK_API)')
    .option('--data-dir <directory>', 'state of this machine (OAK_DATA_DIR, default /var/lib/oakestra)')
    .option('--config <file>', 'settings of the daemons (OAK_CONFIG, default /etc/oakestra/oak.yaml)')
    .option('--no-color', 'plain text (NO_COLOR)')
    .addHelpText('after', EXIT_CODES)
    .configureOutput({
      writeOut: (text) => context.output.result(text.trimEnd()),
      writeErr: (text) => context.output.talk(text.trimEnd()),
      outputError: () => undefined,
    })
    .exitOverride()
  program.commandsGroup('This machine:')
  addMachineCommands(program, context)
  program.commandsGroup('What runs:')
  addAppCommands(program, context)
  addServiceCommands(program, context)
  addEventCommands(program, context)
  program.commandsGroup('Where it runs:')
  addClusterCommands(program, context)
  addNodeCommands(program, context)
  addLocalCommands(program, context)
  addAlertCommands(program, context)
  addLogCommands(program, context)
  addDebugCommands(program, context)
  program.commandsGroup('Around it:')
  addHookCommands(program, context)
  addResourceCommands(program, context)
  program.commandsGroup('This program:')
  addAccountCommands(program, context)
  addCompletionCommands(program, context)
  program.helpCommand('help [command]', 'Say more about a command')
  return program
}
