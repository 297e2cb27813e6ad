import type { Clock } from '@oakestra/base'
import type { Outcome, Reconciler } from '@oakestra/controller'
import { hasEndedForGood, type Node } from '@oakestra/model'
import { inboxItems, type Liveness, type Outbox, outboxEntries } from '@oakestra/session'
import type { Reader } from '@oakestra/store'
import { type Addressing, addressingSchema, instanceSpecSchema, overlaySubject, parseWire } from '@oakestra/wire'
import { wantedItem } from '../local/wanted.ts'
import { forgetGatewaysOf } from '../overlay/gateway-reports.ts'
import { interests } from '../overlay/interests.ts'
import type { Capacity, Draft } from '../placement/capacity.ts'
import { nodeReports, nodes, type Placement, unclaimed } from '../state.ts'
import { chooseSubnets, overlaps } from './node-subnets.ts'
import { isMemoryOnly } from './node-views.ts'

// A certificate is good for a year: a machine that was away for longer is refused by that alone, and need not be remembered.
const REMEMBERED_MS = 366 * 24 * 3_600_000

const SETTLED: Outcome = { state: 'settled' }

export interface NodeReconcilerDeps {
  readonly outbox: Outbox
  readonly capacity: Capacity
  readonly liveness: Pick<Liveness, 'presence'>
  readonly clock: Clock
  /** Told when a node was dropped: its connection has no meaning any more. */
  readonly onDropped: (nodeId: string) => void
}

/** Gives each node its place in the overlay, once, and tells it; and takes leave of those that were removed. */
export class NodeReconciler implements Reconciler {
  readonly #deps: NodeReconcilerDeps

  constructor(deps: NodeReconcilerDeps) {
    this.#deps = deps
  }

  async keys(): Promise<readonly string[]> {
    return this.#deps.capacity.allNodes().map(({ id }) => id)
  }

  async reconcile(nodeId: string): Promise<Outcome> {
    const wasDropped = await this.#deps.capacity.transact(async (draft) => {
      const node = await draft.writer.get(nodes, nodeId)
      if (node?.removing) return this.#takeLeave(draft, node)
      if (node?.facts) await this.#givePlace(draft, node)
      return false
    })
    if (wasDropped) this.#deps.onDropped(nodeId)
    return SETTLED
  }

  async #givePlace(draft: Draft, node: Node): Promise<void> {
    let { subnetV4, subnetV6 } = node
    const { occupiedPrefixes: occupied = [] } = node.facts ?? {}
    if (!subnetV4 || !subnetV6 || this.#isInTheWay(node, occupied)) {
      const neighbours = this.#neighbours().filter(({ id }) => id !== node.id)
      const chosen = chooseSubnets(await addressingIn(draft.writer), neighbours, occupied)
      await draft.putNode({ ...node, ...chosen })
      ;({ subnetV4, subnetV6 } = chosen)
    }
    await this.#deps.outbox.put(draft.writer, node.id, { id: 'place', kind: 'place', body: { subnetV4, subnetV6 } })
  }

  /** The machine has got a route to another network where this node's addresses are. While nothing runs there, others do as well. */
  #isInTheWay({ id, subnetV4, subnetV6 }: Node, occupied: readonly string[]): boolean {
    if (this.#deps.capacity.placementsOn(id).length > 0) return false
    return occupied.some((prefix) => [subnetV4, subnetV6].some((own) => own !== undefined && overlaps(own, prefix)))
  }

  /** What is only remembered keeps no addresses: a machine that is installed anew every day would use up a block in two months. */
  #neighbours(): readonly Node[] {
    const { capacity, liveness } = this.#deps
    const isRemembered = (node: Node) =>
      isMemoryOnly({ node, presence: liveness.presence(node.id), instances: capacity.placementsOn(node.id).length })
    return capacity.allNodes().filter((node) => !isRemembered(node))
  }

  /** Drops a removed node once nothing of it counts any more. Gives true when it did. */
  async #takeLeave({ writer, removeNode }: Draft, node: Node): Promise<boolean> {
    const { outbox, capacity } = this.#deps
    for (const placement of capacity.placementsOn(node.id)) if (!(await isOver(writer, placement))) return false
    const toldTo = await writer.list(outboxEntries, { index: 'removedFor', equals: node.id })
    // That it knows a service less is nothing that it must have been told.
    const toEnd = toldTo.filter(({ item }) => overlaySubject(item.id) === undefined)
    if (toEnd.length > 0 && !this.#isForgotten(node)) return false
    for (const { instanceId } of await writer.list(unclaimed, { index: 'nodeId', equals: node.id }))
      await writer.remove(unclaimed, instanceId)
    for (const interest of await writer.list(interests, { index: 'nodeId', equals: node.id }))
      await writer.remove(interests, interests.key(interest))
    await forgetGatewaysOf(writer, node.id)
    await outbox.dropChild(writer, node.id)
    await removeNode(node.id)
    return true
  }

  #isForgotten({ id, lastSeenAtMs = 0 }: Node): boolean {
    return this.#deps.liveness.presence(id) !== 'here' && lastSeenAtMs + REMEMBERED_MS < this.#deps.clock.wallMs()
  }
}

/** What ended for good stays told of, though its machine is gone. */
async function isOver(reader: Reader, { instanceId }: Placement): Promise<boolean> {
  const item = await wantedItem(reader, instanceId)
  const spec = item ? instanceSpecSchema.safeParse(item.body) : undefined
  return spec?.success === true && hasEndedForGood(spec.data, await reader.get(nodeReports, instanceId))
}

async function addressingIn(reader: Reader): Promise<Addressing | undefined> {
  const item = await reader.get(inboxItems, 'addressing')
  return item && parseWire(addressingSchema, item.body, "the cluster's addresses")
}
