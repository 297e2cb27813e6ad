import { documentAt, rootInstances } from './documents.ts'
import type { FaultyStore } from './faulty-store.ts'

/** Remembers which instance ever had which number of its service: a number is given once. */
export class NumberBook {
  readonly failures: string[] = []
  readonly #owners = new Map<string, string>()

  constructor(root: FaultyStore) {
    root.raw.onCommit((changes) => {
      for (const { collection, key, kind } of changes) {
        const instance = collection === rootInstances.name && kind === 'put' ? documentAt(rootInstances, root, key) : undefined
        if (instance) this.#note(`${instance.serviceId} ${instance.number}`, instance.id)
      }
    })
  }

  #note(number: string, id: string): void {
    const owner = this.#owners.get(number)
    if (owner !== undefined && owner !== id) this.failures.push(`number ${number} was given to ${owner} and to ${id}`)
    this.#owners.set(number, id)
  }
}
