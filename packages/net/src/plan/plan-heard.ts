import type { HeardFrom } from '../network.ts'
import type { Family } from './addresses.ts'
import { ADDRESS_TYPE, HEADER } from './family-words.ts'
import type { NftSet } from './kernel-config.ts'

/*
 * The kernel notes from where probes of other nodes come, also those that it does not let in: a node that roams, or that an address
 * translator gave another port, is found again by that. A probe is told by its inner UDP port, so that all other packets cost one look.
 */

/** UDP port at which the gateways of nodes ask each other. */
export const PROBE_PORT = 50_104

/** Ports of the inner UDP header: behind 8 bytes of UDP, 8 of VXLAN-GPE and 20 of IPv4. */
export const INNER = { from: '@th,288,16', to: '@th,304,16' } as const
/** The inner source address: 12 bytes into the IPv4 header. */
const INNER_SOURCE = '@th,224,32'

/** A node asks each second; whoever was not heard for this long is not there any more. */
const HEARD_SECONDS = 5
/** Peers that ask at one time, and room for some garbage. A full set learns nothing new, and loses nothing else. */
const HEARD_MAX = 16_384

export function heardSetName(family: Family): string {
  return `heard_${family}`
}

export function heardKey(family: Family): string {
  return `${INNER_SOURCE} . ${HEADER[family]} saddr . udp sport`
}

export function heardSet(family: Family): NftSet {
  return {
    kind: 'set',
    name: heardSetName(family),
    type: `integer . ${ADDRESS_TYPE[family]} . inet_service`,
    declaration: `typeof ${heardKey(family)}`,
    elements: [],
    timeoutSeconds: HEARD_SECONDS,
    sizeMax: HEARD_MAX,
  }
}

/** Reads an element of that set, as {@link NftSet} gives it; `undefined` for what is none. */
export function readHeard(element: string): HeardFrom | undefined {
  const [gateway, address, port] = element.split(' . ')
  const number = Number(gateway)
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff || address === undefined || !(Number(port) > 0)) return undefined
  return { gateway: [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.'), address, port: Number(port) }
}
