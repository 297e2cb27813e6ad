import { createHash } from 'node:crypto'
import { OakError } from '@oakestra/base'
import { memoized } from './memoized.ts'

/** Where `ip netns` keeps its namespaces, so that `ip netns exec` reaches ours. */
export const NETNS_DIRECTORY = '/run/netns'

/** Name of the only link inside an instance's namespace besides `lo`. */
export const INSTANCE_LINK = 'eth0'

/** @throws OakError `bad-request` unless the tag is five lower-case hex digits: link names have no room for more. */
export function checkTag(tag: string): string {
  if (!/^[0-9a-f]{5}$/.test(tag)) throw new OakError('bad-request', `a node's tag is five hex digits, not "${tag}"`)
  return tag
}

export function bridgeName(tag: string): string {
  return `oak${tag}`
}

/** Not like a bridge's name: rules know the bridges of all nodes by how their names begin. */
export function tunnelName(tag: string): string {
  return `otun-${tag}`
}

/** The link to the slow path, in user space. */
export function slowName(tag: string): string {
  return `oslow-${tag}`
}

/** The set of unknown addresses that were asked for in vain. */
export function deniedSet(family: 'v4' | 'v6'): string {
  return `denied_${family}`
}

/** Every name that {@link portName} gives begins with this. */
export function portPrefix(tag: string): string {
  return `v${tag}-`
}

/** The host's end of an instance's link. Exactly the 15 characters that Linux allows. */
export function portName(tag: string, instanceId: string): string {
  return portPrefix(tag) + shortDigest(instanceId)
}

const shortDigest = memoized((id) => createHash('sha256').update(id).digest('hex').slice(0, 8))

export function namespacePrefix(tag: string): string {
  return `oak-${tag}-`
}

/** @throws OakError `bad-request` when the id cannot be a file name */
export function namespaceName(tag: string, instanceId: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(instanceId)) throw new OakError('bad-request', `"${instanceId}" is not an instance id`)
  return namespacePrefix(tag) + instanceId
}

export function namespacePath(name: string): string {
  return `${NETNS_DIRECTORY}/${name}`
}

export function tableName(tag: string): string {
  return `oak_${tag}`
}

/** Routing table of a node: the tag behind a fixed prefix, far from the numbers people and programs choose. */
export function routingTable(tag: string): number {
  return 0x0a600000 + Number.parseInt(tag, 16)
}

/** Routing table with the way to the slow path alone, which comes and goes with the agent's process. */
export function slowTable(tag: string): number {
  return 0x0a700000 + Number.parseInt(tag, 16)
}

/** Group of links that are about to be removed (ip-link(8)); the same number, in another space. */
export const leavingGroup = routingTable

/** A locally administered MAC that says which IPv4 address it belongs to, so a reused address has no stale neighbours. */
export function macOf(addressV4: string): string {
  return ['02', '6f', ...addressV4.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))].join(':')
}

/** Which chain each port of the machine leads to that a service has, not an instance. */
export function gateMap(protocol: 'tcp' | 'udp', family: 'v4' | 'v6'): string {
  return `gates_${protocol}_${family}`
}

export function gateChain(protocol: 'tcp' | 'udp', port: number, family: 'v4' | 'v6'): string {
  return `at_${protocol}_${port}_${family}`
}

/** The nft chain that chooses among the targets of a service address. */
export function serviceChain(address: string): string {
  return `to_${address.replaceAll(':', '_')}`
}
