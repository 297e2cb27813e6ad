import type { PlannedAddress } from './plan-services.ts'

/** By how many services each address is claimed, kept from plan to plan: contradictions are rare, and looked for among what changed. */
export class ClaimedAddresses {
  readonly #claims = new Map<string, number>()
  /** Addresses that several claim. */
  #contested = 0

  get isContested(): boolean {
    return this.#contested > 0
  }

  has(address: string): boolean {
    return this.#claims.has(address)
  }

  add(planned: readonly PlannedAddress[]): void {
    for (const address of addressesOf(planned)) this.#count(address, 1)
  }

  remove(planned: readonly PlannedAddress[]): void {
    for (const address of addressesOf(planned)) this.#count(address, -1)
  }

  #count(address: string, by: 1 | -1): void {
    const before = this.#claims.get(address) ?? 0
    const now = before + by
    if (now > 0) this.#claims.set(address, now)
    else this.#claims.delete(address)
    this.#contested += Number(now > 1) - Number(before > 1)
  }
}

export function addressesOf(planned: readonly PlannedAddress[]): readonly string[] {
  return planned.flatMap(({ entry: { v4, v6 } }) => [v4, v6].filter((address) => address !== undefined))
}
