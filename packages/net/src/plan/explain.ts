import type { NetworkInput, Peer, ServiceEntry, Target } from '../network.ts'
import { canonicalAddress, containsPrefix, type Family, familyOf, hostPrefix } from './addresses.ts'
import { slotsOf } from './choice.ts'
import { OVERLAY } from './constants.ts'
import { isolationLines } from './explain-isolation.ts'
import type { KernelConfig, Route } from './kernel-config.ts'
import { renderRoute } from './render.ts'

export interface Explainable {
  readonly input: NetworkInput
  readonly config: KernelConfig
  /** What the kernel lacks of the configuration, in words. */
  readonly missing: readonly string[]
}

const CHOICES = { turns: 'one after another', weighted: 'by weight', sticky: 'the same one for the same client' } as const

/** Lacking these, nothing works; all else is told only where it concerns the address. */
const VITAL = /^(table|bridge|tunnel|rule|chain|sysctl) /

/**
 * What happens to a packet that an instance of this node, or the machine, sends to an address. Pure.
 * @throws OakError `bad-request` for text that is no address
 */
export function explainAddress(explainable: Explainable, text: string): readonly string[] {
  const family = familyOf(text)
  const address = canonicalAddress(text, family)
  const { input, config, missing } = explainable
  const service = input.services.find((entry) => entry[family] !== undefined && canonicalAddress(entry[family], family) === address)
  const targets = service?.targets.map((target) => canonicalAddress(target[family], family)) ?? []
  const lacking = missing.filter((words) => VITAL.test(words) || [address, ...targets].some((each) => concerns(words, each)))
  return [
    ...(service ? serviceLines(explainable, service, address, family) : addressLines(config, input, address)),
    ...isolationLines(config, input, [address, ...targets], family),
    ...(lacking.length > 0 ? lacking.map((words) => `The kernel lacks ${words}.`) : ['The kernel has all of this.']),
  ]
}

function concerns(words: string, address: string): boolean {
  return words.split(/[\s/]+/).includes(address)
}

function serviceLines({ input, config }: Explainable, service: ServiceEntry, address: string, family: Family): readonly string[] {
  const { policy, choice = 'turns', targets } = service
  if (targets.length === 0) return [`${address} is a service address (${policy}) without targets: connections are refused.`]
  const how = targets.length > 1 ? `, ${CHOICES[choice]}` : ''
  return [
    `${address} is a service address (${policy}): each new connection is translated to one of ${targets.length}${how}.`,
    ...(service.kept ?? []).map((target) => `  ${canonicalAddress(target[family], family)} keeps the connections it has.`),
    ...sharesOf(service).map(({ target, share }) => {
      const to = canonicalAddress(target[family], family)
      return `  ${to}${targets.length > 1 ? `, ${share}` : ''}: ${wayTo(config, input, to)}`
    }),
  ]
}

function sharesOf(service: ServiceEntry): readonly { readonly target: Target; readonly share: string }[] {
  const slots = slotsOf(service)
  return service.targets.map((target) => ({ target, share: `${slots.filter((slot) => slot === target).length} of ${slots.length}` }))
}

function addressLines(config: KernelConfig, input: NetworkInput, address: string): readonly string[] {
  return [`${address} is no service address: ${wayTo(config, input, address)}`]
}

function wayTo(config: KernelConfig, input: NetworkInput, address: string): string {
  const attachment = input.attachments.find((each) => namesOf(each).some((name) => isSame(name, address)))
  if (attachment) return `it is instance ${attachment.instanceId} on this node${routeText(routeTo(config, address))}.`
  const route = routeTo(config, address)
  if (route?.encap) {
    const node = input.peers?.find((peer) => reaches(peer, address)) ?? input.peers?.find((peer) => isAt(peer, route))
    return `it is on node ${node?.nodeId ?? 'unknown'}, through the tunnel${node?.isRelayed ? ' of another node' : ''}${routeText(route)}.`
  }
  const nearby = input.peers?.find(({ instances }) => instances.some(({ v4, v6 }) => isSame(v4, address) || isSame(v6, address)))
  if (nearby) return `it is on node ${nearby.nodeId}, on this very machine, and reached through that node's own table.`
  if (route) return `it is in a subnet of this node${routeText(route)}.`
  return unknownText(input, address)
}

function reaches({ instances, subnetV4, subnetV6 }: Peer, address: string): boolean {
  const isInSubnet = [subnetV4, subnetV6].some((subnet) => containsPrefix(subnet, hostPrefix(address)))
  return isInSubnet || instances.some(({ v4, v6 }) => isSame(v4, address) || isSame(v6, address))
}

function isAt(peer: Peer, { encap }: Route): boolean {
  return isSame(peer.address, encap?.address ?? '') && peer.port === encap?.id
}

function unknownText({ asksForUnknown }: NetworkInput, address: string): string {
  const prefix = hostPrefix(address)
  if (!containsPrefix(OVERLAY[familyOf(address)], prefix)) return 'it is outside the overlay, and reached as the machine reaches it.'
  const isSemantic = containsPrefix(OVERLAY.semanticV4, prefix) || containsPrefix(OVERLAY.semanticV6, prefix)
  if (asksForUnknown && isSemantic) return 'nobody here knows it; its first packet waits while the cluster is asked.'
  return 'nobody here knows it; unless the machine has a route of its own to it, it is refused.'
}

function namesOf({ namespaceV4, namespaceV6, instanceV4, instanceV6 }: NetworkInput['attachments'][number]): readonly string[] {
  return [namespaceV4, namespaceV6, instanceV4, instanceV6]
}

function isSame(one: string, address: string): boolean {
  return familyOf(one) === familyOf(address) && canonicalAddress(one, familyOf(one)) === address
}

/** The longest of the node's routes that holds the address. */
function routeTo({ host }: KernelConfig, address: string): Route | undefined {
  const length = (route: Route) => Number(route.to.split('/')[1])
  return host.routes.filter(({ to }) => containsPrefix(to, hostPrefix(address))).toSorted((a, b) => length(b) - length(a))[0]
}

function routeText(route: Route | undefined): string {
  return route ? ` (route ${renderRoute(route)})` : ''
}
