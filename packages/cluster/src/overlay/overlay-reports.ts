import type { Interest, ReportedPeer } from '@oakestra/model'
import type { ObservedSource } from '@oakestra/session'
import type { Change, Reader, Store } from '@oakestra/store'
import { INTEREST_KIND, interestItemId, overlaySubject, PEER_KIND, peerItemId } from '@oakestra/wire'
import { nodes } from '../state.ts'
import { interests } from './interests.ts'
import { reachOf } from './reach.ts'

/** What root is told for the overlay: what nodes here want to know, and where they are reached. What is prefetched root knows itself. */
export class OverlayReports implements ObservedSource {
  readonly #store: Store
  readonly #listeners = new Set<(id: string) => void>()

  readonly #loadOf: (nodeId: string) => number | undefined

  constructor(store: Store, loadOf: (nodeId: string) => number | undefined) {
    this.#store = store
    this.#loadOf = loadOf
  }

  async ids(): Promise<readonly string[]> {
    return this.#store.read(async (reader) => {
      const serviceIds = new Set((await reader.list(interests)).map(({ serviceId }) => serviceId))
      return [...[...serviceIds].map(interestItemId), ...(await reader.list(nodes)).map(({ id }) => peerItemId(id))]
    })
  }

  async get(id: string): Promise<Interest | ReportedPeer | undefined> {
    const subject = overlaySubject(id)
    if (subject?.kind === INTEREST_KIND) return this.#store.read((reader) => interestIn(reader, subject.id))
    if (subject?.kind === PEER_KIND) return this.#peer(subject.id)
    return undefined
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  committed(changes: readonly Change[]): void {
    for (const { collection, key } of changes) {
      if (collection === nodes.name) this.#tell(peerItemId(key))
      else if (collection === interests.name) this.#tell(interestItemId(key.split(' ')[1] ?? ''))
    }
  }

  /** How busy these nodes are changed. */
  loadsChanged(nodeIds: readonly string[]): void {
    for (const nodeId of nodeIds) this.#tell(peerItemId(nodeId))
  }

  async #peer(nodeId: string): Promise<ReportedPeer | undefined> {
    const node = await this.#store.read((reader) => reader.get(nodes, nodeId))
    const reach = node && reachOf(node)
    const load = this.#loadOf(nodeId)
    return reach && { kind: PEER_KIND, nodeId, ...reach, ...(load !== undefined && { load }) }
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}

async function interestIn(reader: Reader, serviceId: string): Promise<Interest | undefined> {
  const found = await reader.list(interests, { index: 'serviceId', equals: serviceId })
  const nodeIds = found.map(({ nodeId }) => nodeId).sort()
  return nodeIds.length === 0 ? undefined : { kind: INTEREST_KIND, serviceId, nodeIds }
}
