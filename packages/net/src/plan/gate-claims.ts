import type { Attachment, GatewayEntry } from '../network.ts'
import { GATE_OWNER, type HostPort, hostPortOf, type PortKnowledge } from './port-claims.ts'

export interface GateClaims {
  readonly accepted: readonly GatewayEntry[]
  /** By service: why it is not published here, in words. */
  readonly refused: ReadonlyMap<string, string>
}

/** Which services get their ports of the machine: what instances publish goes first, then the order of the input counts. All ports or none. */
export function settleGateClaims(
  gateways: readonly GatewayEntry[],
  attachments: readonly Attachment[],
  { current, otherOwner }: PortKnowledge,
): GateClaims {
  const owners = new Map<HostPort, string>()
  for (const { instanceId, ports } of attachments) for (const port of ports) owners.set(hostPortOf(port), `instance ${instanceId}`)
  const refused = new Map<string, string>()
  const accepted: GatewayEntry[] = []
  for (const gateway of gateways) {
    const ports = gateway.ports.map(hostPortOf)
    const taken = ports.flatMap((port) => {
      const owner = owners.get(port) ?? (current.get(port) === GATE_OWNER ? undefined : otherOwner(port))
      return owner === undefined ? [] : [`port ${port} cannot be published: ${owner} has it`]
    })
    if (taken[0] !== undefined) refused.set(gateway.serviceId, taken[0])
    else {
      accepted.push(gateway)
      for (const port of ports) owners.set(port, gateway.name)
    }
  }
  return { accepted, refused }
}
