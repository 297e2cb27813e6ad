import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './ip.ts'

/** A range of the overlay that service or instance addresses come from. `reference/network.md` 1.1, 1.2. */
export interface AddressRange {
  readonly family: 4 | 6
  /** CIDR notation, for messages. */
  readonly text: string
  readonly first: bigint
  readonly last: bigint
}

/** Services and instances share this pool in IPv4. */
export const SERVICE_V4 = v4Range('10.30.0.0', 16)
export const INSTANCE_V6 = v6Range('fdff::', 21)

/**
 * The ways to choose among the instances of a service, each with its share of fdff::/16: 30 blocks of /21, of which the first 15
 * begin at fdff:1000:: in steps of 0x1000, and those from 16 on at fdff:1800::. A number that was given out stays; 4 is left to
 * what upstream tries out there. `reference/network.md` 1.2.
 */
const POLICY_BLOCKS = { 'round-robin': 2, closest: 1, 'least-loaded': 3, fastest: 5, sticky: 6 } as const

/** Name of a way to choose among the instances of a service. */
export type BalancingPolicy = keyof typeof POLICY_BLOCKS

/** All of them, the one that every service has first. */
export const BALANCING_POLICIES = Object.keys(POLICY_BLOCKS) as readonly BalancingPolicy[]

/** Whether a word names a policy. */
export function isBalancingPolicy(word: string): word is BalancingPolicy {
  return Object.hasOwn(POLICY_BLOCKS, word)
}

/** Where IPv6 service addresses of a policy come from. */
export function policyRange(policy: BalancingPolicy): AddressRange {
  return POLICY_RANGES[policy]
}

function v4Range(network: string, prefix: number): AddressRange {
  const first = BigInt(parseIpv4(network) ?? 0)
  return { family: 4, text: `${network}/${prefix}`, first, last: first + (1n << BigInt(32 - prefix)) - 1n }
}

function v6Range(network: string, prefix: number): AddressRange {
  const first = parseIpv6(network) ?? 0n
  return { family: 6, text: `${network}/${prefix}`, first, last: first + (1n << BigInt(128 - prefix)) - 1n }
}

function policyBlock(block: number): AddressRange {
  const start = block <= 15 ? block * 0x1000 : (block - 15) * 0x1000 + 0x800
  return v6Range(`fdff:${start.toString(16)}::`, 21)
}

const POLICY_RANGES: Readonly<Record<BalancingPolicy, AddressRange>> = {
  'round-robin': policyBlock(POLICY_BLOCKS['round-robin']),
  closest: policyBlock(POLICY_BLOCKS.closest),
  'least-loaded': policyBlock(POLICY_BLOCKS['least-loaded']),
  fastest: policyBlock(POLICY_BLOCKS.fastest),
  sticky: policyBlock(POLICY_BLOCKS.sticky),
}

/** The address as a number, or undefined when the text is no address of the range's family. */
export function parseAddress(range: Pick<AddressRange, 'family'>, text: string): bigint | undefined {
  if (range.family === 6) return parseIpv6(text)
  const value = parseIpv4(text)
  return value === undefined ? undefined : BigInt(value)
}

/** Canonical text of a number within a family. */
export function formatAddress(range: Pick<AddressRange, 'family'>, value: bigint): string {
  return range.family === 6 ? formatIpv6(value) : formatIpv4(Number(value))
}

/** Whether an address lies in a range and is neither its first nor, in IPv4, its last: what a user may ask for. */
export function isInside(range: AddressRange, value: bigint): boolean {
  return value > range.first && (range.family === 4 ? value < range.last : value <= range.last)
}

/**
 * Whether an address may be chosen for somebody: inside the range, and not one of the forms
 * that tools take for a network (`.0`) or a broadcast address (`.255`).
 */
export function isChoosable(range: AddressRange, value: bigint): boolean {
  if (!isInside(range, value)) return false
  if (range.family === 6) return true
  const lastOctet = value & 0xffn
  return lastOctet !== 0n && lastOctet !== 0xffn
}
