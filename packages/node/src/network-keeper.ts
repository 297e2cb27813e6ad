import { LatestTask } from '@oakestra/base'
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
  readonly #task: LatestTask

  constructor(network: Network, tag: string, view: () => Promise<NetworkView | undefined>) {
    this.#task = new LatestTask(async () => {
      const current = await view()
      if (current) await network.apply(networkInput(tag, current))
    })
  }

  /** Resolves when the kernel matches a view taken at or after this call. */
  apply(): Promise<void> {
    return this.#task.request()
  }
}
