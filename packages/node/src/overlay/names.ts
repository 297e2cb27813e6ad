import { type Logger, type OakError, toOakError } from '@oakestra/base'
import { createZone, type NamedService, type Responder, searchDomains, type Zone } from '@oakestra/dns'
import type { InstanceSpec, ServiceTable } from '@oakestra/model'
import type { Place } from '@oakestra/wire'
import { gatewayOf } from '../namespace-addresses.ts'
import type { NetworkMember } from '../network-view.ts'

/** How an instance finds out what names mean. */
export interface NameLookup {
  readonly server: string
  /** Domains that short names are looked up in, in this order. */
  readonly search: readonly string[]
}

/** Opens a responder at these addresses. @throws OakError `port-in-use` or `unavailable` */
export type OpenResponder = (addresses: readonly string[], zone: () => Zone) => Promise<Responder>

/** Keeps names answered at the gateway's address, as the tables say them. */
export class Names implements AsyncDisposable {
  readonly #open: OpenResponder
  readonly #logger: Logger
  #responder: Responder | undefined
  #gateway: string | undefined
  #fault: string | undefined
  /** Made when somebody asks, out of what was known last. */
  #zone: Zone | undefined
  #known: { readonly tables: readonly ServiceTable[]; readonly members: readonly NetworkMember[] } = { tables: [], members: [] }

  constructor(open: OpenResponder, logger: Logger) {
    this.#open = open
    this.#logger = logger
  }

  /** Why names are not answered; `undefined` when they are. */
  get fault(): string | undefined {
    return this.#responder ? undefined : (this.#fault ?? 'the network of this node is not there yet')
  }

  /** To be called when the network was applied: the gateway has its address from then on. Never throws. */
  async follow(place: Place, tables: readonly ServiceTable[], members: readonly NetworkMember[]): Promise<void> {
    if (this.#known.tables !== tables || idsOf(this.#known.members) !== idsOf(members)) this.#zone = undefined
    this.#known = { tables, members }
    const gateway = gatewayOf(place.subnetV4)
    if (this.#responder && gateway === this.#gateway) return
    await this.#close()
    try {
      this.#responder = await this.#open([gateway, gatewayOf(place.subnetV6)], () => this.#current())
      this.#gateway = gateway
      this.#fault = undefined
    } catch (thrown) {
      this.#noteFault(toOakError(thrown))
    }
  }

  /** `undefined` while nobody answers: then the machine's own resolvers are better than none. */
  lookupFor(spec: InstanceSpec): NameLookup | undefined {
    if (!this.#responder || this.#gateway === undefined) return undefined
    return { server: this.#gateway, search: searchDomains(nameOf(spec)) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }

  async #close(): Promise<void> {
    const responder = this.#responder
    this.#responder = undefined
    await responder?.[Symbol.asyncDispose]()
  }

  #noteFault({ message }: OakError): void {
    if (this.#fault !== message) this.#logger.warn('names are not answered on this node', { err: message })
    this.#fault = message
  }

  #current(): Zone {
    this.#zone ??= createZone(namedServices(this.#known.tables, this.#known.members))
    return this.#zone
  }
}

function idsOf(members: readonly NetworkMember[]): string {
  return members.map(({ local }) => local.id).join()
}

/** Of services that have no table here, what runs here is known at least. Names in tables count first. */
export function namedServices(tables: readonly ServiceTable[], members: readonly NetworkMember[]): readonly NamedService[] {
  const known = new Set(tables.map(({ serviceId }) => serviceId))
  const named = new Map<string, NamedService>()
  for (const { serviceId, name, addresses, instances } of tables) named.set(serviceId, { ...name, addresses, instances })
  for (const { local } of members) {
    const { serviceId, serviceAddresses, number, addresses } = local.spec
    if (known.has(serviceId)) continue
    const instances = [...(named.get(serviceId)?.instances ?? []), { number, ...addresses }]
    named.set(serviceId, { ...nameOf(local.spec), addresses: serviceAddresses, instances })
  }
  // The first of two services that share a name has it, and what is written last stays.
  return [...named.values()].toReversed()
}

/** `reference/network.md`: application, its namespace, service, its namespace. */
function nameOf({ jobName }: InstanceSpec) {
  const [application = '', applicationNamespace = '', service = '', namespace = ''] = jobName.split('.')
  return { service, namespace, application, applicationNamespace }
}
