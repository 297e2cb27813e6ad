/**
 * Builds a guest that serves HTTP over IPv4 and IPv6 out of Debian's kernel and this machine's busybox, in the layout that
 * upstream gives unikernels (`kernel`, and beside it what the kernel unpacks), and the same as an OCI image for virtual machines.
 * Run: `node --import tsx images/test-guest/build.ts OUTDIR`. Fetches the kernel's package once.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildOciImage, type LayerEntry, ociArchive } from '@oakestra/runtime/oci-archive'
import { pack } from 'tar-stream'
import { type CpioEntry, cpioArchive } from './cpio.ts'
import { type KernelPackage, kernelPackage } from './kernel-package.ts'

const BUSYBOX = '/bin/busybox'
const APPLETS = [
  'sh',
  'mount',
  'insmod',
  'ip',
  'httpd',
  'cat',
  'cut',
  'echo',
  'sleep',
  'poweroff',
  'hostname',
  'acpid',
  'sync',
  'wget',
  'tail',
  'switch_root',
  'df',
]
/** Beside the kernel's package, for the next time. */
export const CACHE_DIR = join(import.meta.dirname, '../dist/packages')

/** The archive, as the URL in a descriptor's `code` leads to. */
export async function buildTestGuest(from?: KernelPackage): Promise<Buffer> {
  const { kernel, modules } = from ?? (await kernelPackage(CACHE_DIR))
  const initrd = gzipSync(cpioArchive([...rootFiles(modules), script('init', 'init')]), { level: 1 })
  return archive({ kernel, 'initramfs.cpio': initrd })
}

/**
 * An OCI archive of the same guest with its root file system on a disk, in the layout of a distribution: `/boot` and `/sbin/init`.
 * The initial RAM disk finds the disk and hands over.
 */
async function buildTestVm({ version, kernel, modules }: KernelPackage): Promise<Buffer> {
  const initrd = gzipSync(cpioArchive([...rootFiles(modules), script('init', 'vm-initrd')]), { level: 1 })
  const boot = { [`boot/vmlinuz-${version}`]: kernel, [`boot/initrd.img-${version}`]: initrd }
  const system: LayerEntry[] = rootFiles([]).map((entry) => ('directory' in entry ? { path: entry.path, directory: true } : entry))
  const layers = [[...system, script('sbin/init', 'init')], Object.entries(boot).map(([path, content]) => ({ path, content }))]
  return ociArchive(await buildOciImage({ name: 'oakestra.local/test-vm:1', architecture: 'amd64', layers, config: {} }))
}

function rootFiles(modules: readonly { readonly name: string; readonly content: Buffer }[]): readonly CpioEntry[] {
  const directories = ['bin', 'proc', 'sys', 'dev', 'modules', 'root', 'www', 'etc', 'etc/acpi', 'etc/acpi/PWRF']
  return [
    ...directories.map((path) => ({ path, directory: true }) as const),
    { path: 'bin/busybox', content: readFileSync(BUSYBOX), mode: 0o755 },
    ...APPLETS.map((name) => ({ path: `bin/${name}`, linkTo: 'busybox' })),
    ...modules.map(({ name, content }, index) => ({ path: `modules/${String(index).padStart(2, '0')}-${name}.ko`, content, mode: 0o644 })),
    { path: 'etc/acpi/PWRF/00000080', content: Buffer.from('#!/bin/sh\necho "guest: power button"\npoweroff -f\n'), mode: 0o755 },
  ]
}

function script(path: string, name: string) {
  return { path, content: readFileSync(join(import.meta.dirname, name)), mode: 0o755 }
}

async function archive(entries: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(entries)) tar.entry({ name, mtime: new Date(0) }, Buffer.from(content))
  tar.finalize()
  const pieces: Uint8Array[] = []
  for await (const piece of tar) pieces.push(piece as Uint8Array)
  // The parts are compressed already: a container around them is what the layout asks for.
  return gzipSync(Buffer.concat(pieces), { level: 1 })
}

if (process.argv[1] === import.meta.filename) {
  const [outDir] = process.argv.slice(2)
  if (!outDir) {
    process.stderr.write('usage: node --import tsx images/test-guest/build.ts OUTDIR\n')
    process.exit(2)
  }
  mkdirSync(outDir, { recursive: true })
  const file = join(outDir, 'test-guest_amd64.tar.gz')
  const from = await kernelPackage(CACHE_DIR)
  writeFileSync(file, await buildTestGuest(from))
  process.stdout.write(`${file}\n`)
  const vm = join(outDir, 'test-vm_amd64.tar')
  writeFileSync(vm, await buildTestVm(from))
  process.stdout.write(`${vm}\n`)
}
