import { OakError } from '@oakestra/base'
import type { KernelKind, NetworkDialect } from '../images/kernel-kind.ts'
import type { GuestNetwork } from './guest-network.ts'

// Linux arch/x86 COMMAND_LINE_SIZE, the smallest of those that matter.
const LINE_BYTES_MAX = 2047

export interface KernelLine {
  readonly kernel: KernelKind
  /** Said by the descriptor; otherwise by the kernel. */
  readonly dialect?: NetworkDialect | 'none'
  readonly network?: GuestNetwork
  readonly console: string
  /** Its root file system is its first disk. */
  readonly hasDisk: boolean
  readonly hostname: string
  /** Who answers names, over IPv4. */
  readonly nameserver?: string
  readonly environment: readonly string[]
  readonly command: readonly string[]
}

/**
 * The kernel's command line: where the guest is in the network, its environment where the kernel has words for that, and the
 * service's command behind ` -- ` (`reference/worker.md` 7.3).
 * @throws OakError `bad-request` for what cannot be said on a kernel's line
 */
export function kernelLine(line: KernelLine): string {
  const { kernel, dialect = kernel.dialect, network } = line
  const words = [...ownWords(line), ...(network && dialect !== 'none' ? networkWords(dialect, network, line) : [])]
  const command = line.command.filter((word) => word !== '')
  const text = [...words, ...(command.length > 0 ? ['--', ...command] : [])].map(quoted).join(' ')
  if (Buffer.byteLength(text) > LINE_BYTES_MAX)
    throw new OakError(
      'bad-request',
      `command and environment make a kernel line of ${Buffer.byteLength(text)} bytes; ${LINE_BYTES_MAX} fit`,
    )
  return text
}

function ownWords({ kernel, console, environment, hasDisk }: KernelLine): readonly string[] {
  if (kernel.dialect === 'linux') {
    // A kernel that panics says so and starts anew, which QEMU takes for the end.
    const own = [`console=${console}`, 'quiet', 'panic=-1', ...(hasDisk ? ['root=/dev/vda', 'rw'] : [])]
    // What Linux does not know and has an equals sign it gives to its first process as environment.
    return [...own, ...environment]
  }
  if (kernel.dialect !== 'unikraft-ip' || environment.length === 0) return []
  return ['env.vars=[', ...environment, ']']
}

function networkWords(dialect: NetworkDialect, { v4, v6 }: GuestNetwork, { hostname, nameserver = '' }: KernelLine): readonly string[] {
  switch (dialect) {
    case 'linux':
      return [
        // Documentation/admin-guide/nfs/nfsroot.rst; a distribution's initial RAM disk reads it where the kernel does not.
        ...(v4 ? [`ip=${v4.address}::${v4.gateway}:${v4.netmask}:${hostname}:eth0:off${nameserver && `:${nameserver}`}`] : []),
        ...(v6 ? [`oak.ipv6=${v6.address}/${v6.prefixLength}`, `oak.ipv6_gateway=${v6.gateway}`] : []),
      ]
    case 'unikraft':
      return v4 ? [`netdev.ipv4_addr=${v4.address}`, `netdev.ipv4_gw_addr=${v4.gateway}`, `netdev.ipv4_subnet_mask=${v4.netmask}`] : []
    case 'unikraft-ip':
      return v4 ? [`netdev.ip=${v4.address}/${v4.prefixLength}:${v4.gateway}:${nameserver}::${hostname}:`] : []
  }
}

/** Kernels know double quotes and nothing to escape one with. */
function quoted(word: string): string {
  if (/["\n\r\0]/.test(word)) throw new OakError('bad-request', `${JSON.stringify(word)} cannot stand on a kernel's command line`)
  if (!/[ \t]/.test(word)) return word
  const equals = /^[\w.]+=/.exec(word)?.[0]
  return equals ? `${equals}"${word.slice(equals.length)}"` : `"${word}"`
}
