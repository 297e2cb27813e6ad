import { OakError } from '@oakestra/base'
import type { ServiceEntry } from '../network.ts'
import { addressesOf, canonicalService } from './canonical-service.ts'
import { difference } from './set-difference.ts'

/** What came and went between two lists of services, in canonical text. */
export interface ServiceChange {
  readonly came: readonly ServiceEntry[]
  readonly went: readonly ServiceEntry[]
}

const itself = (service: ServiceEntry) => service

/**
 * The services of the plan before, by address. A node knows ten thousand and plans anew for each change of one: the next list is compared
 * with the last by the identity of its objects, and only what came and went is looked at.
 */
export class ServiceIndex {
  #services: readonly ServiceEntry[] = []
  readonly #byAddress = new Map<string, ServiceEntry>()

  /** By any of its addresses, which is in canonical text; the service is, too. */
  at(address: string): ServiceEntry | undefined {
    return this.#byAddress.get(address)
  }

  /**
   * Goes on to the next list. Whoever catches what this throws throws the index away.
   * @throws OakError `bad-request` for text that is no address, `conflict` for an address of two services or a service that is there twice
   */
  follow(services: readonly ServiceEntry[]): ServiceChange {
    const { missing, surplus } = difference(this.#services, services, itself)
    if (this.#services.length - surplus.length + missing.length !== services.length)
      throw new OakError('conflict', 'a service is there twice')
    const [came, went] = [missing.map(canonicalService), surplus.map(canonicalService)]
    for (const service of went) for (const address of addressesOf(service)) this.#byAddress.delete(address)
    for (const service of came) {
      for (const address of addressesOf(service)) {
        if (this.#byAddress.has(address)) throw new OakError('conflict', `${address} is the address of two services`)
        this.#byAddress.set(address, service)
      }
    }
    this.#services = services
    return { came, went }
  }
}
