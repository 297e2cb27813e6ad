import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire, Module } from 'node:module'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'
import type { main } from './cli/main.ts'
import type { DaemonDoor } from './daemon/door.ts'

/*
 * The built program: a thin bundle for the command line, one for the daemons, each with V8's compiled code beside it.
 * On Node 20 that halves the start and saves 7 MB (`reference/lab.md` 10).
 */

const folder = dirname(__filename)
const cacheFolder = process.env['OAK_CODE_CACHE'] ?? join(folder, 'cache')

/** Compiled code fits one build of V8 on one processor, and nothing else. */
const suffix = `${process.version}-${process.arch}.bin`

function load(name: string): Record<string, unknown> {
  const filename = join(folder, `${name}.cjs`)
  const cacheFile = join(cacheFolder, `${name}-${suffix}`)
  const cachedData = readIfThere(cacheFile)
  const source = readFileSync(filename, 'utf8')
  const script = new Script(Module.wrap(source), {
    filename,
    ...(cachedData && { cachedData }),
  })
  const module = { exports: {} as Record<string, unknown> }
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, folder)
  if (!cachedData || script.cachedDataRejected) writeOnceUsed(script, cacheFile)
  return module.exports
}

/** At the end of the process, when V8 knows which functions were needed. Only the build and the first run write. */
function writeOnceUsed(script: Script, cacheFile: string): void {
  process.once('exit', () => {
    // An installed program may be read-only: the next start is as slow as this one, nothing else.
    try {
      mkdirSync(cacheFolder, { recursive: true })
      const temporary = `${cacheFile}.${process.pid}`
      writeFileSync(temporary, script.createCachedData())
      renameSync(temporary, cacheFile)
    } catch {
      return
    }
  })
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

const cli = load('cli') as unknown as { readonly main: typeof main }
void cli.main(() => Promise.resolve((load('daemon') as unknown as { readonly daemonDoor: DaemonDoor }).daemonDoor))
