import type { Attachment, NetworkInput } from '../network.ts'
import { canonicalAddress, type Family } from './addresses.ts'
import { INSTANCE } from './family-words.ts'
import type { KernelConfig } from './kernel-config.ts'

/** Beyond this, a list is counted and not read. */
const NAMED_MAX = 10

/** Who may connect to those of these addresses that are of isolated instances here, in lines for people. Pure. */
export function isolationLines(
  { flows }: Pick<KernelConfig, 'flows'>,
  { attachments }: Pick<NetworkInput, 'attachments'>,
  addresses: readonly string[],
  family: Family,
): readonly string[] {
  const canonical = ({ [INSTANCE[family]]: address }: Attachment) => canonicalAddress(address, family)
  return addresses.flatMap((address) => {
    const clients = flows.isolation?.guarded.get(address)
    if (!clients) return []
    const own = attachments.map((each) => ({ id: each.instanceId, address: canonical(each) }))
    const refused = own.filter((each) => !clients.has(each.address)).map(({ id }) => id)
    return [
      `${address} is isolated: it takes connections from ${clients.size / 2} instances, at published ports and from nodes; all other packets are dropped.`,
      ...(refused.length > 0 ? [`  Dropped are those of ${listed(refused)} on this node.`] : []),
    ]
  })
}

function listed(ids: readonly string[]): string {
  const more = ids.length - NAMED_MAX
  return more > 0 ? `${ids.slice(0, NAMED_MAX).join(', ')} and ${more} more` : ids.join(', ')
}
