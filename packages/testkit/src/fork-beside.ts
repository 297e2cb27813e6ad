import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Starts the program `name` that lies beside the module at `url`, as that module itself is run: from its source, or from a bundle, which
 * `tools/bundled.ts` makes.
 */
export function forkBeside(url: string, name: string): ChildProcess {
  const extension = extname(fileURLToPath(url))
  const program = fileURLToPath(new URL(`./${name}${extension}`, url))
  return fork(program, { execArgv: extension === '.ts' ? ['--import', 'tsx'] : [] })
}
