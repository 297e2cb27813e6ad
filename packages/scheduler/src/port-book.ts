import type { Candidate, PublishedPort } from './placement.ts'
import type { Owner } from './slot-columns.ts'

/** Who has which host port taken: few have any one port, so that asking for them beats asking everybody. */
export class PortBook {
  readonly #owners = new Map<string, Set<Owner>>()

  add(owner: Owner): void {
    for (const key of keysOf(owner.candidate)) {
      const owners = this.#owners.get(key)
      if (owners) owners.add(owner)
      else this.#owners.set(key, new Set([owner]))
    }
  }

  remove(owner: Owner): void {
    for (const key of keysOf(owner.candidate)) {
      const owners = this.#owners.get(key)
      owners?.delete(owner)
      if (owners?.size === 0) this.#owners.delete(key)
    }
  }

  /** Who has at least one of the ports taken. */
  holders(ports: readonly PublishedPort[]): ReadonlySet<Owner> {
    const holders = new Set<Owner>()
    for (const port of ports) for (const owner of this.#owners.get(keyOf(port)) ?? []) holders.add(owner)
    return holders
  }
}

function keysOf({ usedPorts = [] }: Candidate): string[] {
  return usedPorts.map(keyOf)
}

function keyOf({ hostPort, protocol }: Pick<PublishedPort, 'hostPort' | 'protocol'>): string {
  return `${hostPort}/${protocol}`
}
