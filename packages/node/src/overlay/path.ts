import type { TunnelEndpoint } from '@oakestra/model'

/**
 * A way to another node: where the control plane says that it is, where its probes were seen to come from, or through a third node
 * that reaches both.
 */
export interface Path extends Pick<TunnelEndpoint, 'address' | 'port'> {
  readonly kind: 'said' | 'seen' | 'relay'
  /** The third node. */
  readonly via?: string
}

/** How packets reach another node now. */
export interface PeerPath {
  readonly current: Path
  /** Another way that only probes take. */
  readonly trial?: Path
}

export function isSamePath(one: Path, other: Path): boolean {
  if (one.via !== undefined || other.via !== undefined) return one.via === other.via
  return one.address === other.address && one.port === other.port
}

/** Where a path leads, in words that end a sentence about it. */
export function pathText({ kind, address, port, via }: Path): string {
  if (kind === 'relay') return `through node ${via} at ${address} port ${port}`
  return kind === 'seen' ? `where its packets come from, at ${address} port ${port}` : `directly, at ${address} port ${port}`
}

/** True when packets take the same ways, also by what is said of them: a peer at a seen address is told otherwise than one at a said one. */
export function samePeerPath(one: PeerPath, other: PeerPath): boolean {
  return sameWay(one.current, other.current) && (one.trial && other.trial ? sameWay(one.trial, other.trial) : one.trial === other.trial)
}

function sameWay(one: Path, other: Path): boolean {
  return one.kind === other.kind && one.address === other.address && one.port === other.port && one.via === other.via
}
