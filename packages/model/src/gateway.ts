import type { GatewayRequest, PublishedPort } from '@oakestra/sla'

/*
 * A service that clients outside the overlay reach at ports of chosen nodes. Root tells every cluster of every such service, and the
 * cluster tells the nodes that were chosen: items `gateway.<serviceId>` of kind `gateway` on both ways.
 */

/** What a node is told: from now on it takes connections for the service at these ports. */
export interface GatewayItem {
  readonly serviceId: string
  /** As people know it, for messages. */
  readonly name: string
  readonly ports: readonly PublishedPort[]
  /** Only HTTP requests for this host; lower case. */
  readonly host?: string
}

/** What a cluster is told: the same, and which nodes are meant. */
export interface ClusterGateway extends GatewayItem {
  readonly nodes: readonly string[]
  readonly labels: readonly string[]
}

/** What a node says of a gateway that it was told to be. */
export interface GatewayReport {
  readonly kind: 'gateway'
  readonly serviceId: string
  /** Why it takes no connections; absent: it does. */
  readonly fault?: string
}

/** What a cluster says of those of its nodes that do not take connections they were told to take. */
export interface ClusterGatewayReport {
  readonly kind: 'gateway'
  readonly serviceId: string
  /** The first of them by name, up to {@link GATEWAY_FAULTS_MAX}. */
  readonly faults: readonly GatewayFault[]
  /** How many there are in all. */
  readonly total: number
}

export interface GatewayFault {
  /** Name of the node. */
  readonly node: string
  readonly reason: string
}

/** Of more nodes with the same trouble nobody reads the names. */
export const GATEWAY_FAULTS_MAX = 16

/** True when a node with this name and these labels is meant. */
export function isChosenGateway(
  { nodes, labels }: Pick<GatewayRequest, 'nodes' | 'labels'>,
  node: { readonly name: string; readonly labels: readonly string[] },
): boolean {
  return (nodes.length === 0 || nodes.includes(node.name)) && labels.every((label) => node.labels.includes(label))
}

/**
 * The first port that two gateways cannot both have, `8080/tcp`; `undefined` when they can. On no node of both, they may have the
 * same port, and HTTP for two hosts may share one.
 */
export function contestedPort(one: GatewayRequest, other: GatewayRequest): string | undefined {
  if (!mayMeet(one, other)) return undefined
  const sharesByHost = one.host !== undefined && other.host !== undefined && one.host !== other.host
  if (sharesByHost) return undefined
  const taken = new Set(other.ports.map(portText))
  return one.ports.map(portText).find((port) => taken.has(port))
}

function portText({ hostPort, protocol }: PublishedPort): string {
  return `${hostPort}/${protocol}`
}

/** Names are known to differ; labels only where the same key has another value. */
function mayMeet(one: GatewayRequest, other: GatewayRequest): boolean {
  if (one.nodes.length > 0 && other.nodes.length > 0 && !one.nodes.some((name) => other.nodes.includes(name))) return false
  const values = new Map(one.labels.map(keyAndValue))
  return other.labels.map(keyAndValue).every(([key, value]) => (values.get(key) ?? value) === value)
}

function keyAndValue(label: string): readonly [string, string] {
  const at = label.indexOf('=')
  return [label.slice(0, at), label.slice(at + 1)]
}
