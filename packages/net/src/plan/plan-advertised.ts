import { bytesOfAddress } from './addresses.ts'
import type { NftSet } from './kernel-config.ts'
import { portName } from './names.ts'
import type { Frame } from './plan-context.ts'

const NAME = 'advertised'
/** The target of a neighbour advertisement (RFC 4861 4.4), for which nft 1.0.6 has no word. */
const TARGET = '@th,64,128'
/** By its first ten bits: not of fe80::/10. */
const IS_OF_NO_LINK = '@th,64,10 != 0x3fa'

/** The IPv6 addresses that each port may say it has, as nft lists a number. */
export function advertisedSet({ tag, attachments }: Frame): NftSet {
  return {
    kind: 'set',
    name: NAME,
    type: 'ifname . integer',
    declaration: `typeof iifname . ${TARGET}`,
    elements: attachments.flatMap(({ instanceId, namespaceV6, instanceV6 }) =>
      [namespaceV6, instanceV6].map((address) => `"${portName(tag, instanceId)}" . ${numberOf(address)}`),
    ),
  }
}

/**
 * At the port: whoever says that it has the address of a neighbour, or of the node, would get what is sent there. The packet's own source
 * may be link-local and tells nothing. Such addresses may be told of: nothing of the overlay is reached by them.
 */
export const ADVERTISING_RULE = `icmpv6 type nd-neighbor-advert ${IS_OF_NO_LINK} iifname . ${TARGET} != @${NAME} drop`

function numberOf(address: string): string {
  return `0x${BigInt(`0x${Buffer.from(bytesOfAddress(address)).toString('hex')}`).toString(16)}`
}
