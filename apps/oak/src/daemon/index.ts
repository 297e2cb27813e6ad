import { toLocalFailure } from '../cli/failure.ts'
import { switchVirtualization } from '../config/switch-virtualization.ts'
import { describeConfig, type LoadedConfig, loadConfig } from '../config.ts'
import { DEFAULT_CONFIG_FILE } from '../places.ts'
import { cleanMachine } from './clean-machine.ts'
import { startDetached } from './detach.ts'
import type { DaemonDoor, MachineContext, SettingOptions } from './door.ts'
import { runDaemon } from './run-daemon.ts'

function load(context: MachineContext, options: SettingOptions): LoadedConfig {
  return loadConfig({ env: context.env, flags: options.flags, ...(options.configFile && { file: options.configFile }) })
}

/** The entry of the daemons' bundle. Errors leave it as failures: the classes of this bundle mean nothing outside. */
export const daemonDoor: DaemonDoor = {
  runDaemon: (context, options) => explained(async () => runDaemon(context, load(context, options).config, options)),
  startDetached: (context, options) => explained(async () => startDetached(context, load(context, options).config, options)),
  cleanMachine: (context, options) => explained(async () => cleanMachine(context, load(context, options).config)),
  showConfig: (context, options) => explained(async () => describeConfig(load(context, options))),
  switchVirtualization: (context, options, virtualization, word) =>
    explained(async () => {
      const file = options.configFile ?? (context.env['OAK_CONFIG'] || DEFAULT_CONFIG_FILE)
      switchVirtualization(file, virtualization, word)
      return file
    }),
  dataDirOf: (context, options) => explained(async () => load(context, options).config.dataDir),
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw toLocalFailure(thrown)
  }
}
