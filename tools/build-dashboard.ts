import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { ROOT } from './source-files.ts'

const PAGE = join(ROOT, 'apps/dashboard')
/** What the page imports of ours. */
const PACKAGES = ['api-client', 'base', 'model', 'sla']
const DIGEST_FILE = 'sources.sha256'

/** Everything a build of the page follows from. */
export function dashboardSources(): readonly string[] {
  const own = ['index.html', 'infrastructure.html', 'vite.config.ts', 'package.json'].map((name) => join('apps/dashboard', name))
  return [...own, ...filesBelow('apps/dashboard/src'), ...PACKAGES.flatMap((name) => filesBelow(`packages/${name}/src`))]
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort()
}

/** Builds the page into a folder, or copies the last build when nothing that matters has changed since. */
export async function buildDashboard(out: string, last: string): Promise<void> {
  const digest = digestOf([...dashboardSources(), 'tools/build-dashboard.ts', 'package-lock.json'])
  const known = join(last, DIGEST_FILE)
  if (existsSync(known) && readFileSync(known, 'utf8') === digest) {
    cpSync(last, out, { recursive: true })
    return
  }
  await vite(out)
  await compressAll(join(out, 'assets'))
  writeFileSync(join(out, DIGEST_FILE), digest)
}

function digestOf(paths: readonly string[]): string {
  const hash = createHash('sha256').update(process.version)
  for (const path of paths) hash.update(path).update(readFileSync(join(ROOT, path)))
  return hash.digest('hex')
}

function vite(out: string): Promise<void> {
  const args = [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', PAGE, '--outDir', out, '--emptyOutDir', '--logLevel', 'warn']
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`vite ended with ${code}`))))
  })
}

/** Once here instead of with each request: the server only picks the file that the browser can read. */
async function compressAll(dir: string): Promise<void> {
  const files = readdirSync(dir).filter((name) => /\.(js|css|svg|json)$/.test(name))
  await Promise.all(files.map((name) => compress(join(dir, name))))
}

async function compress(file: string): Promise<void> {
  const content = readFileSync(file)
  const brotli = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }
  const [small, plain] = await Promise.all([promisify(brotliCompress)(content, brotli), promisify(gzip)(content, { level: 9 })])
  writeFileSync(`${file}.br`, small)
  writeFileSync(`${file}.gz`, plain)
}
