import type { Attachment } from '../network.ts'
import type { NftSet } from './kernel-config.ts'
import { gateMap } from './names.ts'

/** `8080/tcp`. */
export type HostPort = `${number}/${'tcp' | 'udp'}`

/** Instead of an address, for a port that leads to a service. */
export const GATE_OWNER = 'a service'

export interface RefusedAttachment {
  readonly attachment: Attachment
  readonly port: HostPort
  /** In words: another instance, or a program of the machine. */
  readonly owner: string
}

export interface PortClaims {
  readonly accepted: readonly Attachment[]
  readonly refused: readonly RefusedAttachment[]
}

export interface PortKnowledge {
  /** Namespace address (IPv4) that a host port leads to in the kernel now. */
  readonly current: ReadonlyMap<HostPort, string>
  /** Who else on the machine has the port, in words; undefined when it is free. Asked for new claims only. */
  readonly otherOwner: (port: HostPort) => string | undefined
}

export function hostPortOf({ hostPort, protocol }: { readonly hostPort: number; readonly protocol: 'tcp' | 'udp' }): HostPort {
  return `${hostPort}/${protocol}`
}

/**
 * Who gets which port of the machine. Whoever has it keeps it, then the order of the input counts; an instance that
 * cannot have all of its ports gets no network, so that nobody takes it for published.
 */
export function settlePortClaims(attachments: readonly Attachment[], { current, otherOwner }: PortKnowledge): PortClaims {
  const owners = new Map<HostPort, string>()
  const refused: RefusedAttachment[] = []
  const has = (attachment: Attachment) => attachment.ports.some((port) => current.get(hostPortOf(port)) === attachment.namespaceV4)
  const order = [...attachments.filter(has), ...attachments.filter((attachment) => !has(attachment))]
  for (const attachment of order) {
    const conflict = attachment.ports
      .map((port, at) => ({
        port: hostPortOf(port),
        isRepeated: attachment.ports.slice(0, at).some((p) => hostPortOf(p) === hostPortOf(port)),
      }))
      .map(({ port, isRepeated }) => ({ port, owner: isRepeated ? 'itself, a second time' : ownerOf(attachment, port) }))
      .find(({ owner }) => owner !== undefined)
    if (conflict?.owner !== undefined) refused.push({ attachment, port: conflict.port, owner: conflict.owner })
    else for (const port of attachment.ports) owners.set(hostPortOf(port), attachment.instanceId)
  }
  const isRefused = new Set(refused.map(({ attachment }) => attachment))
  return { accepted: attachments.filter((attachment) => !isRefused.has(attachment)), refused }

  function ownerOf(attachment: Attachment, port: HostPort): string | undefined {
    const instance = owners.get(port)
    if (instance !== undefined) return `instance ${instance}`
    return current.get(port) === attachment.namespaceV4 ? undefined : otherOwner(port)
  }
}

/** Where each published port leads, read from a node's tables: the IPv4 namespace address. */
export function portsInKernel(tables: readonly { readonly sets: readonly NftSet[] }[]): ReadonlyMap<HostPort, string> {
  const sets = tables.flatMap((table) => table.sets)
  return new Map(
    (['tcp', 'udp'] as const).flatMap((protocol) => {
      const elements = sets.find(({ name }) => name === `${protocol}_v4`)?.elements ?? []
      const gates = sets.find(({ name }) => name === gateMap(protocol, 'v4'))?.elements ?? []
      return [
        ...gates.map((element): readonly [HostPort, string] => [`${Number.parseInt(element, 10)}/${protocol}`, GATE_OWNER]),
        ...elements.map((element) => claimOf(element, protocol)),
      ]
    }),
  )
}

/** From `8080 : 10.18.0.2 . 80`. */
function claimOf(element: string, protocol: 'tcp' | 'udp'): readonly [HostPort, string] {
  const [hostPort, , address = ''] = element.split(' ')
  return [`${Number(hostPort)}/${protocol}`, address]
}
