import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ApiClient } from '@oakestra/api-client'
import { apiAddress } from '../client/address.ts'
import { apiOf, createClient, type OakClient } from '../client/client.ts'
import { createInfrastructureClient, type InfrastructureClient } from '../client/infrastructure.ts'
import { type Credentials, createSession, type Session } from '../client/session.ts'
import { fileTokenStore, type TokenStore } from '../client/token-store.ts'
import type { DaemonDoor, MachineContext, SettingOptions } from '../daemon/door.ts'
import { places, runningDaemons } from '../daemon/state-file.ts'
import { DEFAULT_CONFIG_FILE, DEFAULT_DATA_DIR } from '../places.ts'

/** What every command is given. */
export interface CliContext extends MachineContext {
  /** Loads the bundle of the daemons; everything it needs is some hundred milliseconds that a listing does not pay. */
  loadDaemon(): Promise<DaemonDoor>
  /** Asks the person a question and gives the answer; undefined without a terminal. */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string | undefined>
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly api?: string
  readonly dataDir?: string
  readonly config?: string
}

/** The data directory of this machine; the file of settings is only read where there is one. */
export async function dataDirOf(context: CliContext, options: GlobalOptions): Promise<string> {
  const near = options.dataDir ?? (context.env['OAK_DATA_DIR'] || undefined)
  if (near) return near
  const asked = options.config ?? (context.env['OAK_CONFIG'] || undefined)
  if (!asked && !existsSync(DEFAULT_CONFIG_FILE)) return DEFAULT_DATA_DIR
  return (await context.loadDaemon()).dataDirOf(context, settingOptions(options, {}))
}

/** The settings given on a command line, for the bundle of the daemons. */
export function settingOptions(options: GlobalOptions, flags: Readonly<Record<string, string | undefined>>): SettingOptions {
  return {
    flags: { ...flags, ...(options.dataDir && { dataDir: options.dataDir }) },
    ...(options.config && { configFile: options.config }),
  }
}

/** Where root's API is for this command. */
export async function addressOf(context: CliContext, options: GlobalOptions): Promise<URL> {
  const variable = context.env['OAK_API'] || undefined
  if (options.api) return apiAddress({ flag: options.api })
  if (variable) return apiAddress({ variable })
  const running = runningDaemons(await dataDirOf(context, options)).find((daemon) => daemon.apiUrl)
  // Nothing runs: say where it would answer.
  const port = context.env['OAK_ROOT_API_PORT']
  const usual = running?.apiUrl ?? (port ? `127.0.0.1:${port}` : undefined)
  return apiAddress({ ...(usual && { running: usual }) })
}

/** A client for root as the user the machine knows. */
export async function openClient(context: CliContext, options: GlobalOptions): Promise<OakClient> {
  return createClient(await openSession(context, options), context.signal)
}

/** The API itself, for commands that say little more than it does. */
export async function openApi(context: CliContext, options: GlobalOptions): Promise<ApiClient> {
  return apiOf(await openSession(context, options), undefined, context.signal)
}

/** What watches the control plane, for whoever may see it. */
export async function openInfrastructure(context: CliContext, options: GlobalOptions): Promise<InfrastructureClient> {
  return createInfrastructureClient(await openSession(context, options), context.signal)
}

async function openSession(context: CliContext, options: GlobalOptions): Promise<Session> {
  const api = await addressOf(context, options)
  const dataDir = await dataDirOf(context, options)
  const credentials = environmentCredentials(context.env)
  return createSession({
    api,
    store: tokenStore(context),
    clock: context.clock,
    signal: context.signal,
    initialPassword: () => (isThisMachine(api) ? readInitialPassword(dataDir) : undefined),
    ...(credentials && { credentials }),
  })
}

export function tokenStore(context: CliContext): TokenStore {
  const base = context.env['XDG_CONFIG_HOME'] || join(context.env['HOME'] || homedir(), '.config')
  return fileTokenStore(join(base, 'oak', 'logins.json'))
}

export function environmentCredentials(env: CliContext['env']): Credentials | undefined {
  const password = env['OAK_PASSWORD']
  return password ? { username: env['OAK_USERNAME'] || 'Admin', password } : undefined
}

/** The password root made for Admin at its first start, where this user may read it. */
export function readInitialPassword(dataDir: string): string | undefined {
  try {
    return readFileSync(places.initialPassword(dataDir), 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

/** The first password of this machine's root must not be offered to anybody else's. */
function isThisMachine(api: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0'].includes(api.hostname)
}
