import type { Outcome, Reconciler } from '@oakestra/controller'
import { inboxItems, type Outbox } from '@oakestra/session'
import type { Reader, Store } from '@oakestra/store'
import { type Addressing, addressingSchema, parseWire } from '@oakestra/wire'
import type { Capacity } from './capacity.ts'
import { chooseSubnets } from './node-subnets.ts'
import { nodes } from './state.ts'

export interface NodeReconcilerDeps {
  readonly store: Store
  readonly outbox: Outbox
  readonly capacity: Capacity
}

/** Gives each node its place in the overlay, once, and tells it. */
export class NodeReconciler implements Reconciler {
  readonly #deps: NodeReconcilerDeps

  constructor(deps: NodeReconcilerDeps) {
    this.#deps = deps
  }

  async keys(): Promise<readonly string[]> {
    return this.#deps.store.read(async (reader) => (await reader.list(nodes)).map((node) => node.id))
  }

  async reconcile(nodeId: string): Promise<Outcome> {
    const { store, outbox, capacity } = this.#deps
    return store.write(async (writer) => {
      const node = await writer.get(nodes, nodeId)
      if (!node?.facts) return { state: 'settled' }
      let { subnetV4, subnetV6 } = node
      if (!subnetV4 || !subnetV6) {
        const others = await writer.list(nodes)
        const chosen = chooseSubnets(await addressingIn(writer), others, node.facts.occupiedPrefixes)
        const admitted = { ...node, ...chosen }
        capacity.stageNode(admitted)
        await writer.put(nodes, admitted)
        ;({ subnetV4, subnetV6 } = chosen)
      }
      await outbox.put(writer, nodeId, { id: 'place', kind: 'place', body: { subnetV4, subnetV6 } })
      return { state: 'settled' }
    })
  }
}

async function addressingIn(reader: Reader): Promise<Addressing | undefined> {
  const item = await reader.get(inboxItems, 'addressing')
  return item && parseWire(addressingSchema, item.body, "the cluster's addresses")
}
