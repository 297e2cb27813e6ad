import { toOakError } from '@oakestra/base'
import { CliFailure, EXIT } from '../cli/failure.ts'
import { describeConfig, type LoadedConfig, loadConfig } from '../config.ts'
import { cleanMachine } from './clean-machine.ts'
import { startDetached } from './detach.ts'
import type { DaemonDoor, MachineContext, SettingOptions } from './door.ts'
import { runDaemon } from './run-daemon.ts'

function load(context: MachineContext, options: SettingOptions): LoadedConfig {
  try {
    return loadConfig({ env: context.env, flags: options.flags, ...(options.configFile && { file: options.configFile }) })
  } catch (thrown) {
    throw new CliFailure(EXIT.usage, toOakError(thrown).message)
  }
}

/** The entry of the daemons' bundle. */
export const daemonDoor: DaemonDoor = {
  runDaemon: (context, options) => runDaemon(context, load(context, options).config, options),
  startDetached: (context, options) => startDetached(context, load(context, options).config, options),
  cleanMachine: (context, options) => cleanMachine(context, load(context, options).config),
  showConfig: (context, options) => describeConfig(load(context, options)),
  dataDirOf: (context, options) => load(context, options).config.dataDir,
}
