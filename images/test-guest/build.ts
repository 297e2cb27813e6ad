/**
 * Builds a guest that serves HTTP over IPv4 and IPv6 out of Debian's kernel and this machine's busybox, in the layout that
 * upstream gives unikernels (`kernel`, and beside it what the kernel unpacks).
 * Run: `node --import tsx images/test-guest/build.ts OUTDIR`. Fetches the kernel's package once.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { type CpioEntry, cpioArchive } from './cpio.ts'
import { kernelPackage } from './kernel-package.ts'

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
]
/** Beside the kernel's package, for the next time. */
export const CACHE_DIR = join(import.meta.dirname, '../dist/packages')

/** The archive, as the URL in a descriptor's `code` leads to. */
export async function buildTestGuest(): Promise<Buffer> {
  const { kernel, modules } = await kernelPackage(CACHE_DIR)
  const initrd = gzipSync(cpioArchive(rootFiles(modules)), { level: 1 })
  return archive({ kernel, 'initramfs.cpio': initrd })
}

function rootFiles(modules: readonly { readonly name: string; readonly content: Buffer }[]): readonly CpioEntry[] {
  const directories = ['bin', 'proc', 'sys', 'dev', 'modules', 'www', 'etc', 'etc/acpi', 'etc/acpi/PWRF']
  return [
    ...directories.map((path) => ({ path, directory: true }) as const),
    { path: 'bin/busybox', content: readFileSync(BUSYBOX), mode: 0o755 },
    ...APPLETS.map((name) => ({ path: `bin/${name}`, linkTo: 'busybox' })),
    ...modules.map(({ name, content }, index) => ({ path: `modules/${String(index).padStart(2, '0')}-${name}.ko`, content, mode: 0o644 })),
    { path: 'etc/acpi/PWRF/00000080', content: Buffer.from('#!/bin/sh\necho "guest: power button"\npoweroff -f\n'), mode: 0o755 },
    { path: 'init', content: readFileSync(join(import.meta.dirname, 'init')), mode: 0o755 },
  ]
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
  writeFileSync(file, await buildTestGuest())
  process.stdout.write(`${file}\n`)
}
