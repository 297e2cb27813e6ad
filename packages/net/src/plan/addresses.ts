import { OakError } from '@oakestra/base'
import ipaddr from 'ipaddr.js'
import { SUBNET_PREFIX } from './constants.ts'
import { memoized } from './memoized.ts'

export type Family = 'v4' | 'v6'

export const FAMILIES: readonly Family[] = ['v4', 'v6']

/** A prefix in canonical text, for example `10.18.0.0/26`. */
export interface Prefix {
  readonly family: Family
  readonly address: string
  readonly length: number
}

/** Canonical text of an address (RFC 5952 for IPv6). @throws OakError `bad-request` when it is none of that family */
export function canonicalAddress(text: string, family: Family): string {
  return family === 'v4' ? canonicalV4(text) : canonicalV6(text)
}

const canonicalV4 = memoized((text) => {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) throw new OakError('bad-request', `"${text}" is not an IPv4 address`)
  return ipaddr.IPv4.parse(text).toString()
})

const canonicalV6 = memoized((text) => {
  if (!ipaddr.IPv6.isValid(text) || text.includes('%')) throw new OakError('bad-request', `"${text}" is not an IPv6 address`)
  return ipaddr.IPv6.parse(text).toRFC5952String()
})

/** Canonical text of the 4 or 16 bytes of an address. */
export function addressFromBytes(bytes: Uint8Array): string {
  return textOf(ipaddr.fromByteArray([...bytes]))
}

export function bytesOfAddress(text: string): Uint8Array {
  return Uint8Array.from(ipaddr.parse(text).toByteArray())
}

export function familyOf(address: string): Family {
  return address.includes(':') ? 'v6' : 'v4'
}

/** Bits of a whole address. */
export function addressBits(family: Family): number {
  return family === 'v4' ? 32 : 128
}

/** The prefix that holds this one address. */
export function hostPrefix(address: string): string {
  return `${address}/${addressBits(familyOf(address))}`
}

const knownBytes = memoized(bytesOfAddress)

/** Reads `10.18.0.0/26`; a text without length is a node's subnet. @throws OakError `bad-request` */
export function parsePrefix(text: string, family: Family): Prefix {
  return knownPrefixes[family](text)
}

const knownPrefixes = { v4: memoized((text) => readPrefix(text, 'v4')), v6: memoized((text) => readPrefix(text, 'v6')) }

function readPrefix(text: string, family: Family): Prefix {
  const [address = '', length = String(SUBNET_PREFIX[family]), ...rest] = text.split('/')
  const bits = Number(length)
  if (rest.length > 0 || !/^\d{1,3}$/.test(length) || bits > addressBits(family)) {
    throw new OakError('bad-request', `"${text}" is not an IP${family} prefix`)
  }
  return { family, address: canonicalAddress(address, family), length: bits }
}

export function prefixText(prefix: Prefix): string {
  return `${prefix.address}/${prefix.length}`
}

/** True when every address of `inner` is one of `outer`. Both in text with length. */
export function containsPrefix(outer: string, inner: string): boolean {
  const family = familyOf(outer)
  if (familyOf(inner) !== family) return false
  const [a, b] = [parsePrefix(outer, family), parsePrefix(inner, family)]
  return b.length >= a.length && isInside(b.address, a)
}

export function isInside(address: string, prefix: Prefix): boolean {
  if (familyOf(address) !== prefix.family) return false
  const [bytes, network] = [knownBytes(address), knownBytes(prefix.address)]
  for (let bit = 0; bit < prefix.length; bit += 8) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (prefix.length - bit)))
    const at = bit / 8
    if (((bytes[at] ?? 0) & mask) !== ((network[at] ?? 0) & mask)) return false
  }
  return true
}

/** The bridge's address, which instances use as their gateway: the first of the subnet (`reference/network.md` 1.1). */
export function gatewayOf({ address }: Prefix): string {
  return firstAfter(address)
}

const firstAfter = memoized((address) => {
  const bytes = bytesOfAddress(address)
  const last = bytes.length - 1
  bytes[last] = (bytes[last] ?? 0) + 1
  return addressFromBytes(bytes)
})

function textOf(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address.kind() === 'ipv4' ? address.toString() : (address as ipaddr.IPv6).toRFC5952String()
}
