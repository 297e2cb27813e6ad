import { LatestTask, type OakError, toOakError } from '@oakestra/base'
import type { ServiceAddress } from '@oakestra/model'
import type { Attachment, Network, NetworkInput, ServiceEntry } from '@oakestra/net'
import type { Place } from '@oakestra/wire'
import type { LocalInstance } from './state.ts'

/** One instance as the network sees it. */
export interface NetworkMember {
  readonly local: LocalInstance
  readonly running: boolean
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

/** One entry per service address that a local instance belongs to, whether or not any of its instances runs. */
function serviceEntries(members: readonly NetworkMember[]): readonly ServiceEntry[] {
  const entries = new Map<string, { address: ServiceAddress; targets: { v4: string; v6: string }[] }>()
  for (const { local, running } of members) {
    for (const address of local.spec.serviceAddresses.filter(({ policy }) => policy === 'round-robin')) {
      const key = `${address.v4} ${address.v6}`
      const entry = entries.get(key) ?? { address, targets: [] }
      entries.set(key, entry)
      if (running && local.attached) entry.targets.push(local.spec.addresses)
    }
  }
  return [...entries.values()].map(({ address, targets }) => ({
    ...(address.v4 && { v4: address.v4 }),
    ...(address.v6 && { v6: address.v6 }),
    policy: 'round-robin',
    targets,
  }))
}

/** Keeps the kernel's part of the overlay as the instances need it. Whoever changed something asks for a run and waits for it. */
export class NetworkKeeper {
  readonly #network: Network
  readonly #tag: string
  readonly #view: () => Promise<NetworkView | undefined>
  readonly #task: LatestTask
  #refused: { readonly instances: ReadonlySet<unknown>; readonly error: OakError } | undefined

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

  /** Why the last application left an instance without network: a port that it publishes is taken. */
  refusalOf(instanceId: string): OakError | undefined {
    return this.#refused?.instances.has(instanceId) ? this.#refused.error : undefined
  }

  async #apply(): Promise<void> {
    const view = await this.#view()
    if (!view) return
    try {
      await this.#network.apply(networkInput(this.#tag, view))
      this.#refused = undefined
    } catch (thrown) {
      const error = toOakError(thrown)
      const { instances } = error.details
      // Everything else was applied: this is the matter of those instances alone.
      if (error.code !== 'port-in-use' || !Array.isArray(instances)) throw thrown
      this.#refused = { instances: new Set(instances), error }
    }
  }
}
