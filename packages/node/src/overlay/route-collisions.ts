import type { Place } from '@oakestra/wire'
import ipaddr from 'ipaddr.js'

const SERVICE_RANGES = ['10.30.0.0/16', 'fdff::/16']

/** What people are told where the machine has a network of its own at addresses of the overlay; in sentences. Pure. */
export function collisionLines({ subnetV4, subnetV6 }: Place, occupied: readonly string[]): readonly string[] {
  const collisions = (range: string, what: string) =>
    occupied.filter((prefix) => overlap(prefix, range)).map((prefix) => `This machine has a route to ${prefix} of its own, ${what}.`)
  return [
    ...[subnetV4, subnetV6].flatMap((subnet) => collisions(subnet, `which collides with ${subnet} of this node: move its instances away`)),
    ...SERVICE_RANGES.flatMap((range) => collisions(range, 'among the addresses of services: those that the overlay uses are not reached')),
  ]
}

function overlap(one: string, other: string): boolean {
  const [[a, aBits], [b, bBits]] = [ipaddr.parseCIDR(one), ipaddr.parseCIDR(other)]
  if (a instanceof ipaddr.IPv4 && b instanceof ipaddr.IPv4) return a.match(b, Math.min(aBits, bBits))
  return a instanceof ipaddr.IPv6 && b instanceof ipaddr.IPv6 && a.match(b, Math.min(aBits, bBits))
}
