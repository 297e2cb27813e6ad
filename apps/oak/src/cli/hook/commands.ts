import { type Command, Option } from 'commander'
import type { CliContext } from '../context.ts'
import { addJson, duration, optionsOf } from '../options.ts'
import { listFailed, retryFailed } from './deliveries.ts'
import { type AddOptions, addHook, listHooks, removeHook } from './hooks.ts'

const HOOK = 'name or id'

export function addHookCommands(program: Command, context: CliContext): void {
  const hook = program.command('hook').alias('hooks').description('Programs that are asked before changes, or told after them')
  addJson(hook.command('list').alias('ls'))
    .description('List hooks')
    .action((_, command: Command) => listHooks(context, optionsOf(command)))
  addJson(hook.command('add'))
    .description('Call an address before or after changes; prints the id')
    .argument('<name>', 'what to call it')
    .argument('<url>', 'where it listens, http or https')
    .requiredOption('--entity <word>', 'applications, services, instances, clusters, or a custom type')
    .requiredOption('--on <events>', 'such as pre_create,post_delete')
    .option('--must-agree', 'refuse changes while it does not answer')
    .addOption(new Option('--timeout <time>', 'longest wait for its answer, up to 15s').argParser(duration))
    .action((name: string, url: string, _, command: Command) => addHook(context, { name, url }, optionsOf<AddOptions>(command)))
  hook
    .command('remove')
    .alias('rm')
    .description('Call an address no more; what it has not heard is forgotten')
    .argument('<hook>', HOOK)
    .option('-y, --yes', 'do not ask')
    .action((word: string, _, command: Command) => removeHook(context, word, optionsOf<{ yes?: boolean }>(command)))
  addJson(hook.command('failed'))
    .description('List what hooks were not told, and will not be')
    .argument('[hook]', `${HOOK}; all of them when left out`)
    .option('--waiting', 'what is still tried, too')
    .action((word: string | undefined, _, command: Command) => listFailed(context, word, optionsOf<{ waiting?: boolean }>(command)))
  hook
    .command('retry')
    .description('Tell a hook again what failed')
    .argument('<hook>', HOOK)
    .argument('[delivery]', 'one of them, by id; all of them when left out')
    .action((word: string, delivery: string | undefined, _, command: Command) => retryFailed(context, word, delivery, optionsOf(command)))
}
