import type { ClusterTable, PeerItem } from '../overlay.ts'

/**
 * Tables and peers as they were made, so that one change in an application of a hundred nodes does not make all tables of all of
 * them anew. The world forgets what is not true any more.
 */
export class PlanMemo {
  /** By service, then by whom it is for. */
  readonly #tables = new Map<string, Map<string, ClusterTable>>()
  readonly #peers = new Map<string, PeerItem>()

  table(serviceId: string, reader: string, make: () => ClusterTable): ClusterTable {
    const ofService = this.#tables.get(serviceId) ?? new Map<string, ClusterTable>()
    this.#tables.set(serviceId, ofService)
    const known = ofService.get(reader)
    if (known) return known
    const made = make()
    ofService.set(reader, made)
    return made
  }

  peer(nodeId: string, make: () => PeerItem): PeerItem {
    const known = this.#peers.get(nodeId)
    if (known) return known
    const made = make()
    this.#peers.set(nodeId, made)
    return made
  }

  forgetService(serviceId: string): void {
    this.#tables.delete(serviceId)
  }

  forgetSeat({ serviceId, nodeId }: { readonly serviceId: string; readonly nodeId: string }): void {
    this.#tables.delete(serviceId)
    this.#peers.delete(nodeId)
  }

  /** @param hasMoved it is another child's now: whose instances are left out of which table is another question then */
  forgetNode(nodeId: string, hasMoved: boolean): void {
    this.#peers.delete(nodeId)
    if (hasMoved) this.#tables.clear()
  }
}
