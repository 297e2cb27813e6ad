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

  /** Drops the rows, all below `rowCount`, of those who have one of the ports taken. */
  without(rows: Uint32Array, ports: readonly PublishedPort[], rowCount: number): Uint32Array {
    const isTaken = new Uint8Array(rowCount)
    for (const port of ports) {
      for (const owner of this.#owners.get(keyOf(port)) ?? []) {
        for (const row of owner.rows) isTaken[row] = 1
      }
    }
    let count = 0
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] ?? 0
      if (isTaken[row] === 1) continue
      rows[count] = row
      count += 1
    }
    return rows.subarray(0, count)
  }
}

function keysOf({ usedPorts = [] }: Candidate): string[] {
  return usedPorts.map(keyOf)
}

function keyOf({ hostPort, protocol }: Pick<PublishedPort, 'hostPort' | 'protocol'>): string {
  return `${hostPort}/${protocol}`
}
