import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { extract } from 'tar-stream'

/** What of Debian's kernel a guest needs, in the order in which the modules load. */
export interface KernelPackage {
  readonly version: string
  readonly kernel: Buffer
  readonly modules: readonly { readonly name: string; readonly content: Buffer }[]
}

const META_PACKAGE = 'linux-image-cloud-amd64'
/** Each after those it needs; some are of one kind of machine only and load in vain on the other. */
const MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'virtio_pci',
  'virtio_mmio',
  'failover',
  'net_failover',
  'virtio_net',
  'virtio_blk',
  'button',
  'evdev',
] as const

/**
 * Fetches Debian's kernel for virtual machines without installing it: nothing of the machine changes.
 * @param cacheDir where the package is kept for the next time
 */
export async function kernelPackage(cacheDir: string): Promise<KernelPackage> {
  mkdirSync(cacheDir, { recursive: true })
  const file = cachedPackage(cacheDir) ?? downloadPackage(cacheDir)
  const files = await filesOf(file)
  const kernel = [...files].find(([path]) => path.startsWith('./boot/vmlinuz-'))
  if (!kernel) throw new Error(`there is no kernel in ${file}`)
  const [path, content] = kernel
  const modules = MODULES.map((name) => ({ name, content: moduleOf(files, name) }))
  return { version: basename(path).replace('vmlinuz-', ''), kernel: content, modules }
}

function moduleOf(files: ReadonlyMap<string, Buffer>, name: string): Buffer {
  const found = [...files].find(([path]) => basename(path) === `${name}.ko`)
  if (!found) throw new Error(`Debian's kernel has no module ${name}`)
  return found[1]
}

function cachedPackage(dir: string): string | undefined {
  const name = readdirSync(dir).find((entry) => /^linux-image-.*-cloud-amd64_.*\.deb$/.test(entry))
  return name && join(dir, name)
}

function downloadPackage(dir: string): string {
  const name = currentPackage() ?? (run('apt-get', ['update']), currentPackage())
  if (!name) throw new Error(`apt knows no ${META_PACKAGE}`)
  run('apt-get', ['download', name], dir)
  const file = cachedPackage(dir)
  if (!file) throw new Error(`apt-get download ${name} left nothing in ${dir}`)
  return file
}

/** What the package of packages stands for today. */
function currentPackage(): string | undefined {
  const { stdout } = spawnSync('apt-cache', ['depends', META_PACKAGE], { encoding: 'utf8' })
  return /Depends: (linux-image-\S+)/.exec(stdout ?? '')?.[1]
}

function run(program: string, args: readonly string[], cwd?: string): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', ...(cwd !== undefined && { cwd }) })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? stderr}`)
}

/** The kernel and the modules out of a package, by their paths; the rest is passed over. */
async function filesOf(deb: string): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = new Set(MODULES.map((name) => `${name}.ko`))
  const files = new Map<string, Buffer>()
  const child = spawn('dpkg-deb', ['--fsys-tarfile', deb], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const entry of child.stdout.pipe(extract())) {
    const { name, type } = entry.header
    if (type === 'file' && (name.startsWith('./boot/vmlinuz-') || wanted.has(basename(name)))) {
      const pieces: Uint8Array[] = []
      for await (const piece of entry as unknown as AsyncIterable<Uint8Array>) pieces.push(piece)
      files.set(name, Buffer.concat(pieces))
    }
    entry.resume()
  }
  return files
}

/** Why it cannot be fetched here; `undefined` when it can. */
export function kernelPackageMissing(cacheDir: string): string | undefined {
  if (existsSync(cacheDir) && cachedPackage(cacheDir)) return undefined
  const missing = ['apt-get', 'apt-cache', 'dpkg-deb'].filter((name) => !existsSync(join('/usr/bin', name)))
  return missing.length > 0 ? `not a Debian: there is no ${missing.join(', ')}` : undefined
}
