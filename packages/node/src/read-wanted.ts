import { isId, toOakError } from '@oakestra/base'
import type { InstanceSpec } from '@oakestra/model'
import type { InboxItem } from '@oakestra/session'
import { instanceSpecSchema, parseWire } from '@oakestra/wire'
import ipaddr from 'ipaddr.js'

/** What the document says about one instance. Neither: it is not wanted. */
export interface Wanted {
  readonly spec?: InstanceSpec
  /** Why what it says cannot be read. The instance is wanted all the same. */
  readonly problem?: string
}

// `reference/network.md` 2: up to 30 policies; and what one instance may publish on its node.
const SERVICE_ADDRESSES_MAX = 64
const PORTS_MAX = 1_000

/** What a store hands out is frozen as a whole and shared: what was read of it once holds. */
const known = new WeakMap<InboxItem, Wanted>()

/** Reads one item of the document. Never throws: what is wrong with one instance must not keep others from being looked at. */
export function readWanted(item: InboxItem | undefined): Wanted {
  if (item?.kind !== 'instance') return {}
  if (!Object.isFrozen(item)) return examined(item)
  const wanted = known.get(item) ?? examined(item)
  known.set(item, wanted)
  return wanted
}

function examined(item: InboxItem): Wanted {
  try {
    const spec = parseWire(instanceSpecSchema, item.body, 'instance')
    const fault = faultOf(spec, item.id)
    return fault === undefined ? { spec } : { problem: unreadable(fault) }
  } catch (thrown) {
    return { problem: unreadable(toOakError(thrown).message) }
  }
}

function unreadable(fault: string): string {
  return `what the cluster says about it cannot be read (${fault})`
}

/** What the schema cannot say and the network would stumble over, for everybody. */
function faultOf({ instanceId, addresses, serviceAddresses, ports }: InstanceSpec, id: string): string | undefined {
  if (instanceId !== id || !isId(id)) return `it speaks of ${instanceId}`
  if (ports.length > PORTS_MAX) return `more than ${PORTS_MAX} ports`
  if (serviceAddresses.length > SERVICE_ADDRESSES_MAX) return `more than ${SERVICE_ADDRESSES_MAX} service addresses`
  const v4 = [addresses.v4, ...serviceAddresses.flatMap((address) => address.v4 ?? [])].find(
    (text) => !ipaddr.IPv4.isValidFourPartDecimal(text),
  )
  const v6 = [addresses.v6, ...serviceAddresses.flatMap((address) => address.v6 ?? [])].find((text) => !ipaddr.IPv6.isValid(text))
  const wrong = v4 ?? v6
  return wrong === undefined ? undefined : `${wrong} is no address`
}
