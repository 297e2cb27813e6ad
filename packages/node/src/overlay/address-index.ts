import type { PeerItem, ServiceTable } from '@oakestra/model'
import type { KnownItems } from './overlay-items.ts'

/** What is known by address. A change of one table among ten thousand costs as much as that table has addresses. */
export class AddressIndex {
  #tables: readonly ServiceTable[] = []
  #peers: readonly PeerItem[] = []
  /** By every service and instance address. */
  readonly #tablesAt = new Map<string, readonly ServiceTable[]>()
  readonly #services = new Set<string>()
  #routed: ReadonlySet<string> = new Set()

  /** Goes on to what is known now. */
  follow({ tables, peers }: Pick<KnownItems, 'tables' | 'peers'>): void {
    const { came, went } = tableChanges(this.#tables, tables)
    for (const table of went) this.#forget(table)
    for (const table of came) this.#learn(table)
    this.#tables = tables
    if (peers !== this.#peers) this.#routed = new Set(peers.flatMap(({ instances }) => instances.map(({ v4 }) => v4)))
    this.#peers = peers
  }

  /** The table that names an address, in canonical text; of several, the one with the greatest id. */
  tableAt(address: string): ServiceTable | undefined {
    return this.#tablesAt.get(address)?.reduce((one, other) => (one.serviceId < other.serviceId ? other : one))
  }

  hasService(serviceId: string): boolean {
    return this.#services.has(serviceId)
  }

  /** True for an instance (IPv4) of a peer: there is a way to it. */
  isRouted(v4: string): boolean {
    return this.#routed.has(v4)
  }

  #learn(table: ServiceTable): void {
    this.#services.add(table.serviceId)
    for (const address of addressesOf(table)) this.#tablesAt.set(address, [...(this.#tablesAt.get(address) ?? []), table])
  }

  #forget(table: ServiceTable): void {
    this.#services.delete(table.serviceId)
    for (const address of addressesOf(table)) {
      const others = this.#tablesAt.get(address)?.filter((other) => other !== table) ?? []
      if (others.length > 0) this.#tablesAt.set(address, others)
      else this.#tablesAt.delete(address)
    }
  }
}

function addressesOf({ addresses, instances }: ServiceTable): ReadonlySet<string> {
  return new Set([...addresses, ...instances].flatMap(({ v4, v6 }) => [v4, v6].filter((address) => address !== undefined)))
}

interface TableChanges {
  readonly came: readonly ServiceTable[]
  readonly went: readonly ServiceTable[]
}

/** By the identity of tables. Both lists are in the order of ids; where they are not, some may be among both. */
function tableChanges(before: readonly ServiceTable[], after: readonly ServiceTable[]): TableChanges {
  const [came, went]: [ServiceTable[], ServiceTable[]] = [[], []]
  let at = 0
  for (const table of before === after ? [] : after) {
    for (let passed = before[at]; passed && passed.serviceId < table.serviceId; passed = before[at]) {
      went.push(passed)
      at += 1
    }
    if (before[at] === table) at += 1
    else came.push(table)
  }
  return { came, went: before === after ? [] : [...went, ...before.slice(at)] }
}
