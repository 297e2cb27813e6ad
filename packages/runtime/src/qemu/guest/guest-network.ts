/** One family's addresses of a link. */
export interface LinkAddress {
  readonly address: string
  readonly prefixLength: number
}

/** The link that the network gave an instance, as it is found in its namespace. */
export interface NamespaceLink {
  readonly name: string
  readonly mac: string
  readonly mtu: number
  readonly v4: readonly LinkAddress[]
  readonly v6: readonly LinkAddress[]
}

/** What a guest is told of its network, and what its namespace does for it. */
export interface GuestNetwork {
  readonly link: string
  readonly mtu: number
  readonly mac: string
  readonly v4?: GuestV4
  readonly v6?: GuestV6
}

interface GuestV4 {
  /** The guest's own, to which those of `others` lead. */
  readonly address: string
  readonly prefixLength: number
  readonly netmask: string
  readonly gateway: string
  readonly others: readonly string[]
}

interface GuestV6 {
  readonly address: string
  readonly prefixLength: number
  readonly gateway: string
  readonly others: readonly string[]
}

/** Of the namespace's end of the guest's link: link-local, so that it collides with nothing a guest may talk to. */
export const GATEWAY_V6 = 'fe80::1'
const HOST_V4 = 32
const HOST_V6 = 128
// The range of instances and services (`reference/network.md` 1.1): its first and its last address are nobody's. In a smaller
// subnet they would be somebody's, whom the guest then took for a network or for everybody.
const SUBNET_V4_MAX = 16

/**
 * Gives a guest its instance's address, which travels with the instance: the one without a subnet. Whatever else the link
 * has leads there too. `undefined` for a link without addresses.
 */
export function planGuestNetwork({ name, mac, mtu, v4, v6 }: NamespaceLink): GuestNetwork | undefined {
  const own4 = v4.find(({ prefixLength }) => prefixLength === HOST_V4) ?? v4[0]
  const own6 = v6.find(({ prefixLength }) => prefixLength === HOST_V6) ?? v6[0]
  if (!own4 && !own6) return undefined
  const others = (all: readonly LinkAddress[], own: LinkAddress) => all.filter((one) => one !== own).map(({ address }) => address)
  return {
    link: name,
    mtu,
    mac: guestMac(mac),
    ...(own4 && { v4: { address: own4.address, ...subnetAround(own4.address), others: others(v4, own4) } }),
    ...(own6 && { v6: { address: own6.address, prefixLength: HOST_V6, gateway: GATEWAY_V6, others: others(v6, own6) } }),
  }
}

/**
 * A subnet around an address with a gateway in it, for stacks that know no route to a gateway elsewhere. The namespace
 * answers for every address in it, so whoever really has the gateway's is still reached.
 */
export function subnetAround(address: string): { readonly prefixLength: number; readonly netmask: string; readonly gateway: string } {
  const bits = numberOf(address)
  for (let prefixLength = SUBNET_V4_MAX; ; prefixLength -= 1) {
    const size = 2 ** (HOST_V4 - prefixLength)
    const first = bits - (bits % size)
    const last = first + size - 1
    if (bits === first || bits === last) continue
    const gateway = bits === first + 1 ? first + 2 : first + 1
    return { prefixLength, netmask: textOf(2 ** 32 - size), gateway: textOf(gateway) }
  }
}

/** QEMU's own prefix, and of the link's address what tells links apart. */
function guestMac(linkMac: string): string {
  return `52:54:${linkMac.split(':').slice(2).join(':')}`
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
}

function textOf(bits: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.')
}
