import type { PeerItem, ServiceTable } from '@oakestra/model'
import { type DocumentItem, peerItemSchema, serviceTableSchema } from '@oakestra/wire'
import ipaddr from 'ipaddr.js'

/** Reads a table. What of it is no address is left out; `undefined` for what is no table at all. */
export function readTable({ body }: Pick<DocumentItem, 'body'>): ServiceTable | undefined {
  const result = serviceTableSchema.safeParse(body)
  if (!result.success) return undefined
  const { addresses, instances, ...rest } = result.data
  return {
    ...rest,
    addresses: addresses.flatMap(({ policy, ...given }) => {
      const [v4, v6] = [given.v4 && canonicalV4(given.v4), given.v6 && canonicalV6(given.v6)]
      return v4 || v6 ? [{ policy, ...(v4 && { v4 }), ...(v6 && { v6 }) }] : []
    }),
    instances: instances.flatMap((instance) => withCanonicalAddresses(instance)),
  }
}

/** Reads a peer; `undefined` for one that there is no way to by what is said. */
export function readPeer({ body }: Pick<DocumentItem, 'body'>): PeerItem | undefined {
  const result = peerItemSchema.safeParse(body)
  if (!result.success) return undefined
  const { subnetV4, subnetV6, endpoint, instances } = result.data
  const address = canonicalV4(endpoint.address) ?? canonicalV6(endpoint.address)
  if (address === undefined || !ipaddr.IPv4.isValidCIDR(subnetV4) || !ipaddr.IPv6.isValidCIDR(subnetV6)) return undefined
  return {
    ...result.data,
    endpoint: { ...endpoint, address },
    instances: instances.flatMap((instance) => withCanonicalAddresses(instance)),
  }
}

function withCanonicalAddresses<T extends { readonly v4: string; readonly v6: string }>(of: T): readonly T[] {
  const [v4, v6] = [canonicalV4(of.v4), canonicalV6(of.v6)]
  return v4 && v6 ? [{ ...of, v4, v6 }] : []
}

function canonicalV4(text: string): string | undefined {
  return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text).toString() : undefined
}

function canonicalV6(text: string): string | undefined {
  return ipaddr.IPv6.isValid(text) && !text.includes('%') ? ipaddr.IPv6.parse(text).toRFC5952String() : undefined
}

/** Canonical text of an address of either family; `undefined` for what is none. */
export function canonicalAddress(text: string): string | undefined {
  return canonicalV4(text) ?? canonicalV6(text)
}
