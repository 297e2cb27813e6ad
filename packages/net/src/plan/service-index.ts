import { OakError } from '@oakestra/base'
import type { ServiceEntry } from '../network.ts'
import { addressesOf, canonicalService } from './canonical-service.ts'
import { partsOfService } from './service-parts.ts'
import { difference } from './set-difference.ts'

/** What came and went between two lists of services, in canonical text. */
export interface ServiceChange {
  readonly came: readonly ServiceEntry[]
  readonly went: readonly ServiceEntry[]
}

/** Of an index that was never filled, or is broken. Nobody else has this list. */
const NONE: readonly ServiceEntry[] = []

const itself = (service: ServiceEntry) => service

/**
 * The services of the plan before, by address. A node knows ten thousand and plans anew for each change of one: the next list is compared
 * with the last by the identity of its objects, and only what came and went is looked at.
 */
export class ServiceIndex {
  #services: readonly ServiceEntry[] = NONE
  readonly #byAddress = new Map<string, ServiceEntry>()
  readonly #targets = new Map<string, readonly string[]>()

  /** By any of its addresses, which is in canonical text; the service is, too. */
  at(address: string): ServiceEntry | undefined {
    return this.#byAddress.get(address)
  }

  /** Where connections to each service address may lead, until the next call of `follow`; `undefined` for another list than the last. */
  targetsIn(services: readonly ServiceEntry[]): ReadonlyMap<string, readonly string[]> | undefined {
    return services === this.#services ? this.#targets : undefined
  }

  /**
   * Goes on to the next list. After it threw, the index is of no use.
   * @throws OakError `bad-request` for text that is no address, `conflict` for an address of two services or a service that is there twice
   */
  follow(services: readonly ServiceEntry[]): ServiceChange {
    const { missing, surplus } = difference(this.#services, services, itself)
    if (this.#services.length - surplus.length + missing.length !== services.length)
      throw new OakError('conflict', 'a service is there twice')
    this.#services = NONE
    const [came, went] = [missing.map(canonicalService), surplus.map(canonicalService)]
    for (const service of went) this.#forget(service)
    for (const service of came) this.#learn(service)
    this.#services = services
    return { came, went }
  }

  #forget(service: ServiceEntry): void {
    for (const address of addressesOf(service)) {
      this.#byAddress.delete(address)
      this.#targets.delete(address)
    }
  }

  #learn(service: ServiceEntry): void {
    for (const address of addressesOf(service)) {
      if (this.#byAddress.has(address)) throw new OakError('conflict', `${address} is the address of two services`)
      this.#byAddress.set(address, service)
    }
    for (const parts of Object.values(partsOfService(service))) if (parts) this.#targets.set(...parts.flow)
  }
}
