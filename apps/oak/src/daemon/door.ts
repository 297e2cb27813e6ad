import type { Clock } from '@oakestra/base'
import type { Output } from '../cli/output.ts'
import type { Role } from '../config/settings.ts'

/** What a command that works on this machine is given. */
export interface MachineContext {
  readonly output: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
}

/** How the settings of a command were given on its line. */
export interface SettingOptions {
  /** By setting path. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly configFile?: string
}

export interface RunOptions extends SettingOptions {
  readonly roles: readonly Role[]
  /** This process is the detached one: it logs to its file. */
  readonly detached: boolean
}

export interface DetachOptions extends SettingOptions {
  readonly roles: readonly Role[]
  /** The command line that starts the same in the foreground, without the program's name. */
  readonly argv: readonly string[]
  readonly timeoutMs: number
}

export interface ShownSetting {
  readonly path: string
  readonly value: unknown
  readonly origin: string
}

/** What the thin command line takes from the bundle of the daemons, loaded only when asked for. All throw `CliFailure`. */
export interface DaemonDoor {
  /** Runs roles until the signal; resolves when they have ended. */
  runDaemon(context: MachineContext, options: RunOptions): Promise<void>
  /** Starts roles in the background and waits until they are ready. Resolves with the address of the API, where root is among them. */
  startDetached(context: MachineContext, options: DetachOptions): Promise<{ readonly alreadyRunning: boolean; readonly apiUrl?: string }>
  /** Removes every trace on this machine; says what it removed, one line each. */
  cleanMachine(context: MachineContext, options: SettingOptions): Promise<readonly string[]>
  showConfig(context: MachineContext, options: SettingOptions): Promise<readonly ShownSetting[]>
  /** Writes into the configuration file whether this machine's node offers a virtualization; says which file that is. */
  switchVirtualization(context: MachineContext, options: SettingOptions, virtualization: string, word: string): Promise<string>
  /** The data directory that file, environment and flags name. */
  dataDirOf(context: MachineContext, options: SettingOptions): Promise<string>
}
