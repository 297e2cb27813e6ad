import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { buildDashboard, dashboardSources } from './build-dashboard.ts'
import { NATIVE_PACKAGES } from './native-packages.ts'
import { ROOT } from './source-files.ts'

const APP = join(ROOT, 'apps/oak')
const DIST = join(APP, 'dist')
/** Where a build takes place: what is there goes on working until the new one is complete. */
const OUT = join(APP, '.cache', `dist-${process.pid}`)

const version = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  // CommonJS, since V8's code cache on Node 20 works for scripts, not for modules.
  format: 'cjs',
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
  // Scripts out of a code cache cannot import: what is loaded late becomes a late `require`.
  supported: { 'dynamic-import': false },
  // Names of functions and classes are part of logs and of `error.name`. They stay as they are written: to keep them beside shortened
  // ones takes a call for each closure that is made, a tenth of the processor time of a busy root.
  minifyIdentifiers: false,
  legalComments: 'none',
  external: NATIVE_PACKAGES,
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

/** What the page of the API's documentation is made of; the rest of the package are maps for debugging it. */
const SWAGGER_FILES = ['swagger-ui.css', 'index.css', 'swagger-ui-bundle.js', 'favicon-16x16.png', 'favicon-32x32.png']

/** The page is served from files beside the bundle. */
function copySwaggerUi(): void {
  const require = createRequire(join(ROOT, 'packages/root/package.json'))
  const page = '@fastify/swagger-ui'
  const from = join(dirname(require.resolve(page)), 'static')
  for (const file of SWAGGER_FILES) cpSync(join(from, file), join(OUT, 'swagger-ui', file))
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

/** A directory with content cannot be replaced in one step: for some microseconds there is none. */
function replaceDist(): void {
  const old = `${OUT}-old`
  if (existsSync(DIST)) renameSync(DIST, old)
  renameSync(OUT, DIST)
  rmSync(old, { recursive: true, force: true })
}

/** What the bundles are made of: the sources, the lock file, and the Node whose code cache is made. */
function digestOfSources(): string {
  const hash = createHash('sha256').update(process.version)
  for (const path of [...sources('packages'), ...sources('apps'), ...dashboardSources(), 'tools/build.ts', 'package-lock.json'])
    hash.update(path).update(readFileSync(join(ROOT, path)))
  return hash.digest('hex')
}

function sources(folder: string): readonly string[] {
  const all = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  return all
    .filter((path) => /^[^/]+\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
    .map((path) => join(folder, path))
    .sort()
}

const digest = digestOfSources()
const digestFile = join(DIST, 'sources.sha256')
if (process.argv.includes('--if-changed') && existsSync(digestFile) && readFileSync(digestFile, 'utf8') === digest) {
  process.stdout.write('up to date\n')
  process.exit(0)
}

const startedMs = performance.now()
try {
  mkdirSync(OUT, { recursive: true })
  await Promise.all([bundle(), buildDashboard(join(OUT, 'dashboard'), join(DIST, 'dashboard'))])
  copySwaggerUi()
  warmCodeCache()
  writeFileSync(join(OUT, 'sources.sha256'), digest)
  replaceDist()
} finally {
  rmSync(OUT, { recursive: true, force: true })
}
const sizes = ['oak', 'cli', 'daemon'].map((name) => `${name}.cjs ${Math.round(statSync(join(DIST, `${name}.cjs`)).size / 1024)} kB`)
process.stdout.write(`built ${sizes.join(', ')} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`)
