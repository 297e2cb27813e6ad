import { LatestTask, OakError, toOakError } from '@oakestra/base'
import type { ServiceAddress } from '@oakestra/model'
import type { Attachment, Network, NetworkInput, ServiceEntry } from '@oakestra/net'
import type { Place } from '@oakestra/wire'
import { settleAddressClaims } from './address-claims.ts'
import type { LocalInstance } from './state.ts'

/** One instance as the network sees it. */
export interface NetworkMember {
  readonly local: LocalInstance
  readonly running: boolean
  /** It runs and, where that is asked, works. */
  readonly ready: boolean
}

/** Everything this node's network follows from; `undefined` while the node has no place in the overlay. */
export interface NetworkView {
  readonly place: Place
  readonly members: readonly NetworkMember[]
}

/** Turns what is known of the instances into what the kernel shall look like. */
export function networkInput(tag: string, view: NetworkView): NetworkInput {
  const members = [...view.members].sort((a, b) => (a.local.id < b.local.id ? -1 : 1))
  return {
    place: { tag, ...view.place },
    attachments: members.filter(({ local }) => local.attached).map(attachmentOf),
    services: serviceEntries(members),
  }
}

function attachmentOf({ local }: NetworkMember): Attachment {
  return {
    instanceId: local.id,
    namespaceV4: local.namespaceV4,
    namespaceV6: local.namespaceV6,
    instanceV4: local.spec.addresses.v4,
    instanceV6: local.spec.addresses.v6,
    ports: local.spec.ports,
  }
}

type Target = ServiceEntry['targets'][number]

interface Entry {
  readonly address: ServiceAddress
  readonly ready: Target[]
  readonly running: Target[]
}

/**
 * One entry per service address that a local instance belongs to, whether or not any of its instances runs. Connections
 * go to those that are ready; when none is, to those that run: a slow answer is better than none.
 */
function serviceEntries(members: readonly NetworkMember[]): readonly ServiceEntry[] {
  const entries = new Map<string, Entry>()
  for (const { local, running, ready } of members) {
    for (const address of local.spec.serviceAddresses.filter(({ policy }) => policy === 'round-robin')) {
      const key = `${address.v4} ${address.v6}`
      const entry = entries.get(key) ?? { address, ready: [], running: [] }
      entries.set(key, entry)
      if (running && local.attached) entry.running.push(local.spec.addresses)
      if (ready && local.attached) entry.ready.push(local.spec.addresses)
    }
  }
  return [...entries.values()].map(({ address, ready, running }) => ({
    ...(address.v4 && { v4: address.v4 }),
    ...(address.v6 && { v6: address.v6 }),
    policy: 'round-robin',
    targets: ready.length > 0 ? ready : running,
  }))
}

/** Keeps the kernel's part of the overlay as the instances need it. Whoever changed something asks for a run and waits for it. */
export class NetworkKeeper {
  readonly #network: Network
  readonly #tag: string
  readonly #view: () => Promise<NetworkView | undefined>
  readonly #task: LatestTask
  #portless: { readonly instances: ReadonlySet<unknown>; readonly error: OakError } | undefined
  #addressless: ReadonlyMap<string, string> = new Map()

  constructor(network: Network, tag: string, view: () => Promise<NetworkView | undefined>) {
    this.#network = network
    this.#tag = tag
    this.#view = view
    this.#task = new LatestTask(() => this.#apply())
  }

  /** Resolves when the kernel matches a view taken at or after this call, but for instances that were refused. */
  apply(): Promise<void> {
    return this.#task.request()
  }

  /** Why the last application left an instance without network: a port that it publishes, or an address of its, is taken. */
  refusalOf(instanceId: string): OakError | undefined {
    const taken = this.#addressless.get(instanceId)
    if (taken !== undefined) return new OakError('conflict', taken)
    return this.#portless?.instances.has(instanceId) ? this.#portless.error : undefined
  }

  async #apply(): Promise<void> {
    const view = await this.#view()
    if (!view) return
    const { accepted, refused } = settleAddressClaims(view.members)
    this.#addressless = refused
    try {
      await this.#network.apply(networkInput(this.#tag, { ...view, members: accepted }))
      this.#portless = undefined
    } catch (thrown) {
      const error = toOakError(thrown)
      const { instances } = error.details
      // Everything else was applied: this is the matter of those instances alone.
      if (error.code !== 'port-in-use' || !Array.isArray(instances)) throw thrown
      this.#portless = { instances: new Set(instances), error }
    }
  }
}
