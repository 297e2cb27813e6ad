import type { NetworkInput } from '@oakestra/net'
import type { OverlayMeans } from './overlay.ts'
import type { KnownItems } from './overlay-items.ts'
import { type PeerPath, pathText } from './path.ts'
import type { PeerStanding } from './service-views.ts'

export interface Describable {
  readonly input: NetworkInput
  readonly items: KnownItems
  readonly interests: readonly string[]
  readonly standingOf: (nodeId: string) => PeerStanding | undefined
  readonly pathOf: (nodeId: string) => PeerPath | undefined
  readonly means: Pick<OverlayMeans, 'tunnel'>
}

/** What a node knows of the overlay, in lines for people. Pure. */
export function describeOverlay({ input, items, interests, standingOf, pathOf, means }: Describable): readonly string[] {
  const { place, attachments, services } = input
  return [
    `This node has ${place.subnetV4} and ${place.subnetV6}, and ${attachments.length} instances with a network.`,
    means.tunnel ? `Other nodes reach it at UDP port ${means.tunnel.port}.` : 'It speaks to no other machine.',
    ...(input.peers ?? []).map(
      ({ nodeId, address, port, instances }) =>
        `Node ${nodeId} at ${address} port ${port} with ${instances.length} instances${standingText(standingOf(nodeId))}${wayText(pathOf(nodeId))}.`,
    ),
    ...items.tables.map(({ serviceId, name, instances }) => {
      const ready = instances.filter((instance) => instance.ready).length
      const why = interests.includes(serviceId) ? ', for something here asked for it' : ''
      return `Service ${[name.application, name.applicationNamespace, name.service, name.namespace].join('.')}: ${ready} of ${instances.length} instances are ready${why}.`
    }),
    `${services.length} service addresses are translated.`,
  ]
}

function wayText(path: PeerPath | undefined): string {
  if (!path) return ''
  const { current, trial } = path
  const now = current.kind === 'said' ? '' : `; it is reached ${pathText(current)}`
  return trial ? `${now}; another way is tried: ${pathText(trial)}` : now
}

function standingText(standing: PeerStanding | undefined): string {
  if (!standing) return ''
  if (!standing.isReachable) return ', which does not answer'
  return standing.rttMs === undefined ? ', which was asked and not yet heard' : `, ${standing.rttMs.toFixed(2)} ms away`
}
