import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { NATIVE_PACKAGES } from './native-packages.ts'
import { ROOT } from './source-files.ts'

/*
 * Runs a program of this repository as the product is run: bundled, and without what a loader of TypeScript adds to each function.
 * That makes it a fifth faster, and measures what users get.
 *   node --import tsx tools/bundled.ts simulate --seeds 10
 */

/** By name: the program, and those that it starts as processes of their own. */
const PROGRAMS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  simulate: ['packages/testkit/src/simulator/main.ts', 'packages/testkit/src/simulator/worker.ts'],
  scale: ['bench/scale.ts', 'packages/testkit/src/scale/site-process.ts'],
}

async function bundle(sources: readonly string[], folder: string): Promise<void> {
  await build({
    entryPoints: sources.map((source) => ({ in: join(ROOT, source), out: basename(source, '.ts') })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: NATIVE_PACKAGES,
    // Bundled packages that are CommonJS ask for others.
    banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
    logLevel: 'warning',
  })
}

const [name = '', ...rest] = process.argv.slice(2)
const sources = PROGRAMS[name]
if (!sources) throw new Error(`what to run is one of ${Object.keys(PROGRAMS).join(', ')}, not "${name}"`)
// Several may run at once.
const folder = join(ROOT, '.cache/bundled', `${name}-${process.pid}`)
try {
  await bundle(sources, folder)
  // In a process without this one's compiler: some of them measure their own memory.
  const { status, error } = spawnSync(process.execPath, [join(folder, `${basename(sources[0], '.ts')}.mjs`), ...rest], { stdio: 'inherit' })
  if (error) throw error
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
