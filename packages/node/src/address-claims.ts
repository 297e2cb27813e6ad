import type { NetworkMember } from './network-view.ts'

export interface AddressClaims {
  readonly accepted: readonly NetworkMember[]
  /** Instances that cannot have their addresses, each with the reason. */
  readonly refused: ReadonlyMap<string, string>
}

/**
 * Who has which address. The network refuses a whole configuration in which two claim one, so that whoever claims it later
 * is left out of it: those that run go first, then the order of ids counts.
 */
export function settleAddressClaims(members: readonly NetworkMember[]): AddressClaims {
  const owners = new Map<string, string>()
  const refused = new Map<string, string>()
  const inOrder = [...members].sort((a, b) => Number(b.running) - Number(a.running) || (a.local.id < b.local.id ? -1 : 1))
  for (const { local } of inOrder) {
    const claims = claimsOf(local)
    const taken = claims.find(({ address, owner }) => (owners.get(address) ?? owner) !== owner)
    if (taken) refused.set(local.id, `its address ${taken.address} is used by another instance or service already`)
    else for (const { address, owner } of claims) owners.set(address, owner)
  }
  return { accepted: members.filter(({ local }) => !refused.has(local.id)), refused }
}

function claimsOf({ id, spec }: NetworkMember['local']): readonly { readonly address: string; readonly owner: string }[] {
  const own = [spec.addresses.v4, spec.addresses.v6].map((address) => ({ address, owner: id }))
  const shared = spec.serviceAddresses.flatMap(({ v4, v6, policy }) => {
    const owner = `${policy} ${v4} ${v6}`
    return [v4, v6].filter((address) => address !== undefined).map((address) => ({ address, owner }))
  })
  return [...own, ...shared]
}
