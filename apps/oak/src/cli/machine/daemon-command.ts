import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { environmentName, type Role, settingsFor } from '../../config/settings.ts'
import { type CliContext, dataDirOf, settingOptions } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { type Options, optionsOf, timeoutOption } from '../options.ts'
import { didYouMean } from '../suggest.ts'

interface DaemonOptions {
  readonly detach?: boolean
  readonly detached?: boolean
  readonly timeout: number
  readonly join?: string
}

/** Makes a command start roles on this machine: its flags come from the table of settings. */
export function addDaemonCommand(command: Command, context: CliContext, roles: readonly Role[]): void {
  command
    .option('-d, --detach', 'run in the background; return when everything is ready')
    .addOption(new Option('--detached').hideHelp())
    .addOption(timeoutOption('with --detach: longest wait until it is ready', 60_000))
  for (const { path, flag, description } of settingsFor(roles)) {
    // The data directory is an option of the whole program.
    if (flag && path !== 'dataDir') command.option(flag, `${description} (${environmentName(path)})`)
  }
  if (joinPath(roles))
    command.option('--join <token>', `token from the tier above; needed once (${environmentName(joinPath(roles) ?? '')})`)
  // A group such as `oak cluster` has commands below it: what is left over here is a mistyped one.
  command.allowExcessArguments().action((_, self: Command) => startRoles(context, self, roles))
}

async function startRoles(context: CliContext, command: Command, roles: readonly Role[]): Promise<void> {
  refuseLeftovers(command)
  const options = optionsOf<DaemonOptions>(command)
  const flags = flagsOf(command, roles, options)
  await refuseWithoutToken(context, command, roles, options, flags)
  const daemon = await context.loadDaemon()
  const common = { ...settingOptions(absolute(options), flags), roles }
  if (!options.detach) {
    await daemon.runDaemon(context, { ...common, detached: options.detached === true })
    return
  }
  const argv = detachedArgv(command, roles, options, flags)
  const started = await daemon.startDetached(context, { ...common, argv, timeoutMs: options.timeout })
  if (started.alreadyRunning) context.output.talk(`${roles.join(', ')} already ran: nothing was changed.`)
  if (started.apiUrl) context.output.result(started.apiUrl)
}

function refuseLeftovers(command: Command): void {
  const [extra] = command.args
  if (extra === undefined) return
  const known = command.commands.flatMap((child) => [child.name(), ...child.aliases()])
  throw new CliFailure(
    EXIT.usage,
    `there is no command "${pathOf(command)} ${extra}"`,
    didYouMean(extra, known) ?? `see: ${pathOf(command)} --help`,
  )
}

/** A cluster or node that never joined cannot start: say how to join before anything is set up. */
async function refuseWithoutToken(
  context: CliContext,
  command: Command,
  roles: readonly Role[],
  options: Options<DaemonOptions>,
  flags: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const path = joinPath(roles)
  const [role] = roles
  if (!path || !role || flags[path] || context.env[environmentName(path)]) return
  if (options.config || context.env['OAK_CONFIG'] || existsSync(join(await dataDirOf(context, options), role))) return
  const maker = role === 'cluster' ? 'oak cluster join-token NAME' : 'oak node join-token CLUSTER'
  throw new CliFailure(
    EXIT.usage,
    `this machine's ${role} has never joined; it needs a token`,
    `make one with "${maker}", then: ${pathOf(command)} --join TOKEN; or see: ${pathOf(command)} --help`,
  )
}

/** Only a role that is started alone joins by token; together with its parent it finds its own way. */
function joinPath(roles: readonly Role[]): string | undefined {
  const [role, ...others] = roles
  return others.length === 0 && (role === 'cluster' || role === 'node') ? `${role}.joinToken` : undefined
}

function flagsOf(command: Command, roles: readonly Role[], options: DaemonOptions): Readonly<Record<string, string | undefined>> {
  const values = command.opts<Record<string, string | true | undefined>>()
  const flags: Record<string, string | undefined> = {}
  for (const { path, flag } of settingsFor(roles))
    if (flag && path !== 'dataDir') flags[path] = textOf(values[new Option(flag).attributeName()])
  const path = joinPath(roles)
  if (path && options.join) flags[path] = options.join
  return flags
}

/** A switch that stands alone means on. */
function textOf(value: string | true | undefined): string | undefined {
  return value === true ? 'on' : value
}

/** The same command for the process in the background, which starts in another directory. */
function detachedArgv(
  command: Command,
  roles: readonly Role[],
  options: Options<DaemonOptions>,
  flags: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const { dataDir, config } = absolute(options)
  const argv = [command.name(), '--detached', ...pair('--data-dir', dataDir), ...pair('--config', config), ...pair('--join', options.join)]
  for (const { path, flag } of settingsFor(roles))
    if (flag && path !== 'dataDir') argv.push(...pair(new Option(flag).long ?? '', flags[path]))
  return argv
}

function pair(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value]
}

function absolute<T extends { readonly dataDir?: string; readonly config?: string }>(options: T): T {
  return {
    ...options,
    ...(options.dataDir && { dataDir: resolve(options.dataDir) }),
    ...(options.config && { config: resolve(options.config) }),
  }
}

function pathOf(command: Command): string {
  const names: string[] = []
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name())
  return names.join(' ')
}
