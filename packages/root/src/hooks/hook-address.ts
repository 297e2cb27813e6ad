import { BlockList, isIP } from 'node:net'
import { OakError } from '@oakestra/base'

const URL_LENGTH_MAX = 2_048

/**
 * Where nobody listens for hooks: link-local addresses, behind which clouds keep their secrets, and what is no address of one machine.
 * Private networks and this machine itself are where add-ons are, and only administrators make hooks.
 */
const FORBIDDEN = forbiddenAddresses()

function forbiddenAddresses(): BlockList {
  const list = new BlockList()
  list.addSubnet('0.0.0.0', 8, 'ipv4')
  list.addSubnet('169.254.0.0', 16, 'ipv4')
  list.addSubnet('224.0.0.0', 3, 'ipv4')
  list.addAddress('::', 'ipv6')
  list.addSubnet('fe80::', 10, 'ipv6')
  list.addSubnet('ff00::', 8, 'ipv6')
  // The same by another name: EC2's metadata over IPv6.
  list.addAddress('fd00:ec2::254', 'ipv6')
  return list
}

/** @throws OakError `bad-request` for an address that hooks are not called at */
export function checkAddress(address: string): void {
  const family = isIP(address)
  if (family === 0 || !FORBIDDEN.check(address, family === 4 ? 'ipv4' : 'ipv6')) return
  throw new OakError('bad-request', `hooks are not called at ${address}: link-local, multicast and unspecified addresses are refused`)
}

/** @throws OakError `bad-request` with what is wrong with the URL */
export function parseHookUrl(text: string): URL {
  const url = text.length <= URL_LENGTH_MAX && URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new OakError('bad-request', 'webhook_url: expected an http: or https: address')
  if (url.username || url.password) throw new OakError('bad-request', 'webhook_url: expected an address without user and password')
  checkAddress(hostOf(url))
  return url
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}
