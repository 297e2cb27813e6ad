import { OakError } from '@oakestra/base'
import type { Node } from '@oakestra/model'
import type { Addressing } from '@oakestra/wire'
import ipaddr from 'ipaddr.js'

export interface NodeSubnets {
  readonly subnetV4: string
  readonly subnetV6: string
}

// `reference/network.md` 1.1 and 1.2: the sizes of a node's share.
const NODE_PREFIX_V4 = 26
const NODE_PREFIX_V6 = 120

/**
 * The first subnets of a cluster's blocks that no other node has and that the node's machine does not route elsewhere.
 * @throws OakError `unavailable` before root gave the cluster a block, `resource-exhausted` when all are taken
 */
export function chooseSubnets(addressing: Addressing | undefined, others: readonly Node[], occupied: readonly string[]): NodeSubnets {
  if (!addressing) throw new OakError('unavailable', 'root has not given this cluster any addresses yet')
  const takenV4 = [...others.flatMap((node) => node.subnetV4 ?? []), ...occupied]
  const takenV6 = [...others.flatMap((node) => node.subnetV6 ?? []), ...occupied]
  return {
    subnetV4: firstFree(addressing.blocksV4, NODE_PREFIX_V4, takenV4),
    subnetV6: firstFree(addressing.blocksV6, NODE_PREFIX_V6, takenV6),
  }
}

interface Range {
  readonly first: bigint
  readonly last: bigint
  readonly bits: number
}

function firstFree(blocks: readonly string[], prefix: number, taken: readonly string[]): string {
  const ranges = taken.map(rangeOf)
  for (const block of blocks.map(rangeOf)) {
    const size = 1n << BigInt(block.bits - prefix)
    for (let first = block.first; first + size - 1n <= block.last; ) {
      const clash = ranges.find((range) => range.bits === block.bits && first <= range.last && range.first <= first + size - 1n)
      if (!clash) return `${addressOf(first, block.bits)}/${prefix}`
      // The next boundary behind whatever is in the way: a large route is passed in one step.
      first = ((clash.last > first ? clash.last : first) / size + 1n) * size
    }
  }
  throw new OakError('resource-exhausted', 'the cluster has no subnet left for another node')
}

function rangeOf(cidr: string): Range {
  const [address, prefix] = ipaddr.parseCIDR(cidr)
  const bytes = address.toByteArray()
  const bits = bytes.length * 8
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  const size = 1n << BigInt(bits - prefix)
  const first = (value / size) * size
  return { first, last: first + size - 1n, bits }
}

/** Whether two prefixes have an address in common. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)]
  return a.bits === b.bits && a.first <= b.last && b.first <= a.last
}

function addressOf(value: bigint, bits: number): string {
  const bytes = Array.from({ length: bits / 8 }, (_, index) => Number((value >> BigInt(bits - 8 - index * 8)) & 0xffn))
  return ipaddr.fromByteArray(bytes).toString()
}
