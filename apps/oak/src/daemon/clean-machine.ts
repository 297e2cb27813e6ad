import { lstatSync, readlinkSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { OakError } from '@oakestra/base'
import type { OakConfig } from '../config.ts'
import { DEFAULT_DATA_DIR } from '../places.ts'
import { removeDataDir } from './data-dir.ts'
import type { MachineContext } from './door.ts'
import { loadComposition } from './load-composition.ts'
import { createLogger } from './logger.ts'
import { type RoleComposition } from './roles.ts'
import { stopDaemons } from './stop-daemons.ts'

/** Where `getstarted.sh` puts a link to the program, so that `oak` works in any directory. */
export const PROGRAM_LINK = '/usr/local/bin/oak'

// Each daemon allows itself ten seconds; then it is killed, for nothing of it shall remain.
const STOP_MS = 15_000

/**
 * Stops what runs and removes every trace of this data directory from the machine. May be repeated, also after a crash.
 * @throws OakError `conflict` when something cannot be removed
 */
export async function cleanMachine(
  context: MachineContext,
  config: OakConfig,
  load: () => Promise<RoleComposition> = loadComposition,
): Promise<readonly string[]> {
  const removed: string[] = []
  const { stopped, left } = await stopDaemons(config.dataDir, {
    clock: context.clock,
    signal: context.signal,
    timeoutMs: STOP_MS,
    force: true,
  })
  if (left.length > 0) throw new OakError('conflict', `process ${left[0]?.process.pid} does not end`)
  for (const daemon of stopped) removed.push(`process ${daemon.process.pid} (${daemon.roles.join(', ')})`)
  const logger = createLogger('warn', { write: (line) => context.output.talk(line.trimEnd()) })
  removed.push(...(await (await load()).cleanRoles(config, { logger })))
  if (removeDataDir(config.dataDir)) removed.push(config.dataDir)
  // A second copy with another directory leaves the link to the first.
  if (config.dataDir === DEFAULT_DATA_DIR && removeOwnLink(PROGRAM_LINK, ownProgram())) removed.push(PROGRAM_LINK)
  return removed
}

/** The wrapper at the root of this copy, three folders above the bundle that runs. */
function ownProgram(): string {
  return resolve(dirname(process.argv[1] ?? ''), '../../../oak')
}

/** Removes a link only when it leads to this program: another copy's link, or a real file, is not ours. */
export function removeOwnLink(path: string, program: string): boolean {
  try {
    if (!lstatSync(path).isSymbolicLink() || readlinkSync(path) !== program) return false
    rmSync(path)
    return true
  } catch {
    return false
  }
}
