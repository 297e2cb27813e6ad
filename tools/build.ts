import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const APP = join(ROOT, 'apps/oak')
const OUT = join(APP, 'dist')

/** Native code cannot be bundled: it is found in `node_modules` beside the program. */
const EXTERNAL = ['koffi', '@photostructure/sqlite', 'pg-native']

const version = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  // CommonJS, since V8's code cache on Node 20 works for scripts, not for modules.
  format: 'cjs',
  target: 'node20',
  minify: true,
  // Names of functions and classes are part of logs and of `error.name`.
  keepNames: true,
  legalComments: 'none',
  external: EXTERNAL,
  banner: { js: 'const OAK_MODULE_URL=require("node:url").pathToFileURL(__filename).href;' },
  define: {
    OAK_VERSION: JSON.stringify(version),
    'import.meta.url': 'OAK_MODULE_URL',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
  },
  logLevel: 'warning',
}

async function bundle(): Promise<void> {
  const entry = (from: string, to: string) => build({ ...common, entryPoints: [join(APP, 'src', from)], outfile: join(OUT, to) })
  await Promise.all([
    build({ ...common, entryPoints: [join(APP, 'src/launcher.ts')], outfile: join(OUT, 'oak.cjs'), banner: { js: '#!/usr/bin/env node' } }),
    entry('cli/main.ts', 'cli.cjs'),
    entry('daemon/index.ts', 'daemon.cjs'),
  ])
}

/** `@fastify/swagger-ui` serves its page from files beside the bundle, and wants the logo at the same place. */
function copySwaggerUi(): void {
  const require = createRequire(join(ROOT, 'packages/root/package.json'))
  const from = join(dirname(require.resolve('@fastify/swagger-ui/package.json')), 'static')
  if (existsSync(from)) cpSync(from, join(OUT, 'static'), { recursive: true })
}

/** Runs the program once, so that the first person to start it finds the compiled code in place. */
function warmCodeCache(): void {
  for (const args of [['version'], ['config', 'show', '--json']]) {
    const { status, stderr } = spawnSync(process.execPath, [join(OUT, 'oak.cjs'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, OAK_CONFIG: '' },
    })
    if (status !== 0) throw new Error(`the built program cannot run "oak ${args.join(' ')}":\n${stderr}`)
  }
}

const startedMs = performance.now()
rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
await bundle()
copySwaggerUi()
warmCodeCache()
const sizes = ['oak', 'cli', 'daemon'].map((name) => `${name}.cjs ${Math.round(statSync(join(OUT, `${name}.cjs`)).size / 1024)} kB`)
process.stdout.write(`built ${sizes.join(', ')} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`)
