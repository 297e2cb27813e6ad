import { FAMILIES } from './addresses.ts'
import { HEADER } from './family-words.ts'
import { bridgeName, slowName, tunnelName } from './names.ts'
import type { Frame } from './plan-context.ts'

/** Names of links that packets for a gateway may come from: those of any node of the machine, and the machine itself. */
const INSIDE = [`${bridgeName('')}*`, `${tunnelName('')}*`, `${slowName('')}*`, 'lo']
const DNS_PORT = 53

/**
 * The gateway's address is the node's own: names are answered there for instances, and probes for other nodes. A neighbour of the
 * machine that routes to it is not let in, and other nodes have a responder of their own.
 */
export function gatewayGuard({ gateway, tunnel }: Frame): readonly string[] {
  const outside = INSIDE.map((name) => `iifname != "${name}"`).join(' ')
  return FAMILIES.flatMap((family) => {
    const toGateway = `${HEADER[family]} daddr ${gateway[family]}`
    return [
      `${toGateway} ${outside} drop`,
      ...(tunnel ? [`iifname "${tunnel.name}" ${toGateway} meta l4proto { tcp, udp } th dport ${DNS_PORT} drop`] : []),
    ]
  })
}
