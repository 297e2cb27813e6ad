import { OakError } from '@oakestra/base'

/** How a kernel is told where it is in the network. */
export type NetworkDialect = 'linux' | 'unikraft' | 'unikraft-ip'

/** What of a kernel decides how it is booted. */
export interface KernelKind {
  readonly format: 'linux' | 'multiboot' | 'elf'
  /** In Go's words. */
  readonly architecture: string
  readonly dialect: NetworkDialect
}

/** As much of a kernel's beginning as `kernelKind` looks at: a multiboot header lies within the first 8 KiB. */
export const KERNEL_HEAD_BYTES = 8192

// Documentation/arch/x86/boot.rst: "HdrS" at 0x202. Documentation/arch/arm64/booting.rst: "ARM\x64" at 56.
const LINUX_X86 = { offset: 0x202, magic: Buffer.from('HdrS') }
const LINUX_ARM64 = { offset: 56, magic: Buffer.from('ARM\x64') }
const ELF = Buffer.from('\x7fELF', 'latin1')
const GZIP = Buffer.from([0x1f, 0x8b])
const MULTIBOOT_MAGIC = 0x1badb002
/** elf.h e_machine. */
const ELF_MACHINES: Readonly<Record<number, string>> = { 3: 'amd64', 62: 'amd64', 40: 'arm', 183: 'arm64', 243: 'riscv64' }
const ELF_MACHINE_OFFSET = 18

/**
 * Tells what a kernel is by its first bytes, and which words it knows.
 * @param knowsWords words that were found anywhere in the file, of `DIALECT_WORDS`
 * @throws OakError `image-invalid` for something that is no kernel
 */
export function kernelKind(head: Buffer, knowsWords: ReadonlySet<string>): KernelKind {
  if (has(head, LINUX_X86)) return { format: 'linux', architecture: 'amd64', dialect: 'linux' }
  if (has(head, LINUX_ARM64)) return { format: 'linux', architecture: 'arm64', dialect: 'linux' }
  if (head.subarray(0, ELF.length).equals(ELF)) return elfKind(head, knowsWords)
  if (isMultiboot(head)) return { format: 'multiboot', architecture: 'amd64', dialect: dialectOf(knowsWords) }
  const what = head.subarray(0, 2).equals(GZIP) ? 'compressed: it must be as QEMU boots it' : 'neither Linux, ELF nor multiboot'
  throw new OakError('image-invalid', `the kernel in the archive is ${what}`)
}

/** Words that tell the dialects apart: parameters that a kernel compiled in. Unikraft calls the newer form `netdev.ip`. */
export const DIALECT_WORDS = ['ipv4_gw_addr', 'netdev.ip', 'Linux version '] as const

function elfKind(head: Buffer, knowsWords: ReadonlySet<string>): KernelKind {
  const machine = head.length > ELF_MACHINE_OFFSET + 1 ? head.readUInt16LE(ELF_MACHINE_OFFSET) : 0
  const architecture = ELF_MACHINES[machine]
  if (!architecture)
    throw new OakError('image-invalid', `the kernel in the archive is for a machine that nobody here knows (ELF ${machine})`)
  return { format: isMultiboot(head) ? 'multiboot' : 'elf', architecture, dialect: dialectOf(knowsWords) }
}

function dialectOf(knowsWords: ReadonlySet<string>): NetworkDialect {
  if (knowsWords.has('Linux version ')) return 'linux'
  // What upstream says is said to those that are silent about it.
  return knowsWords.has('netdev.ip') && !knowsWords.has('ipv4_gw_addr') ? 'unikraft-ip' : 'unikraft'
}

function has(head: Buffer, { offset, magic }: { readonly offset: number; readonly magic: Buffer }): boolean {
  return head.subarray(offset, offset + magic.length).equals(magic)
}

function isMultiboot(head: Buffer): boolean {
  for (let at = 0; at + 12 <= head.length; at += 4) {
    const sum = head.readUInt32LE(at + 4) + head.readUInt32LE(at + 8) + MULTIBOOT_MAGIC
    if (head.readUInt32LE(at) === MULTIBOOT_MAGIC && sum % 2 ** 32 === 0) return true
  }
  return false
}
