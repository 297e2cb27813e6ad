import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { OakError } from '@oakestra/base'
import type { LinkAddress, NamespaceLink } from '../guest/guest-network.ts'
import { loadLibc } from './libc.ts'

const CLONE_NEWNET = 0x40000000
const OWN_NAMESPACE = '/proc/thread-self/ns/net'
const TUN_DEVICE = '/dev/net/tun'
/** linux/if_tun.h */
const TUNSETIFF = 0x400454ca
const IFF_TAP = 2
const IFF_NO_PI = 0x1000
const IFF_VNET_HDR = 0x4000
/** linux/sockios.h, linux/if.h */
const IFREQ_BYTES = 40
const NAME_BYTES = 16
// What is true of links that nothing can be read of.
const MTU_DEFAULT = 1500
const LINK_LOCAL_V6 = 'fe80:'

/** Looks at the one link, besides the loopback, of a namespace. `undefined` when there is none with an address. */
export function lookAtNamespace(path: string): NamespaceLink | undefined {
  return inNamespace(path, () => {
    // Node asks the kernel from this very thread.
    const [entry] = Object.entries(networkInterfaces()).filter(([name, list]) => name !== 'lo' && !isTap(name) && list)
    if (!entry) return undefined
    const [name, list = []] = entry
    const of = (family: string) => list.filter((one) => one.family === family && !one.address.startsWith(LINK_LOCAL_V6)).map(addressOf)
    return { name, mac: list[0]?.mac ?? '', mtu: mtuOf(name), v4: of('IPv4'), v6: of('IPv6') }
  })
}

/**
 * Makes the guest's link in a namespace, with settings below `/proc/sys/net`. It lives as long as somebody has the file
 * open: neither a crash of the agent nor one of QEMU leaves it behind.
 * @returns the open file, for QEMU; the caller closes its own
 * @throws OakError `unavailable`
 */
export function openTap(path: string, name: string, sysctls: readonly (readonly [path: string, value: string])[]): number {
  return inNamespace(path, () => {
    const fd = openSync(TUN_DEVICE, 'r+')
    try {
      const request = Buffer.alloc(IFREQ_BYTES)
      request.write(name)
      request.writeUInt16LE(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, NAME_BYTES)
      const libc = loadLibc()
      if (libc.ioctl(fd, TUNSETIFF, request) < 0) throw new OakError('unavailable', `cannot make the link ${name}: ${libc.lastError()}`)
      for (const [file, value] of sysctls) writeFileSync(`/proc/sys/net/${file}`, value)
      return fd
    } catch (thrown) {
      closeSync(fd)
      throw thrown
    }
  })
}

/**
 * Runs something in another network namespace. Only this thread moves, so it must not wait for anything; sockets and open
 * files stay where they were made.
 */
function inNamespace<Result>(path: string, action: () => Result): Result {
  const libc = loadLibc()
  const own = openSync(OWN_NAMESPACE, 'r')
  const other = openNamespace(path, own)
  try {
    if (libc.setns(other, CLONE_NEWNET) < 0)
      throw new OakError('unavailable', `cannot enter the network namespace ${path}: ${libc.lastError()}`)
    return action()
  } finally {
    // A thread that cannot find its way home would act on the wrong network ever after.
    if (libc.setns(own, CLONE_NEWNET) < 0) process.abort()
    closeSync(other)
    closeSync(own)
  }
}

function openNamespace(path: string, own: number): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    closeSync(own)
    throw new OakError('unavailable', `there is no network namespace ${path}`, { cause })
  }
}

function addressOf({ address, cidr }: { readonly address: string; readonly cidr: string | null }): LinkAddress {
  return { address, prefixLength: Number(cidr?.split('/')[1] ?? 0) }
}

function isTap(name: string): boolean {
  return name.startsWith('tap')
}

/** Where the kernel shows it to whoever is in the namespace; `/sys` would show the links of where it was mounted. */
function mtuOf(name: string): number {
  try {
    return Number(readFileSync(`/proc/sys/net/ipv6/conf/${name}/mtu`, 'utf8'))
  } catch {
    // Without IPv6 it is not said there.
    return MTU_DEFAULT
  }
}
