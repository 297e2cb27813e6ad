import { type Clock, type IdGenerator, OakError } from '@oakestra/base'
import type { Node } from '@oakestra/model'
import type { Store, Writer } from '@oakestra/store'
import { nodeFactsSchema, parseWire, type WireNode } from '@oakestra/wire'
import type { Capacity } from './capacity.ts'
import { nodes } from './state.ts'

export interface NodeRegistryDeps {
  readonly store: Store
  readonly capacity: Capacity
  readonly ids: IdGenerator
  readonly clock: Clock
  readonly connected: () => ReadonlySet<string>
}

/** Which nodes belong to this cluster and what they said they are. */
export class NodeRegistry {
  readonly #deps: NodeRegistryDeps

  constructor(deps: NodeRegistryDeps) {
    this.#deps = deps
  }

  /**
   * Takes in a node that joins. A node is known by its name, as upstream knows it: one that joins anew under its old
   * name is the same node with the same share of the overlay. `reference/orchestration.md` 2.5.
   * @throws OakError `conflict` when a node of this name is connected
   */
  async enlist(writer: Writer, name: string): Promise<string> {
    const { capacity, clock, ids } = this.#deps
    const [known] = await writer.list(nodes, { index: 'name', equals: name })
    if (known && this.#deps.connected().has(known.id)) {
      throw new OakError('conflict', `a node named ${name} is connected already; give this one another name`)
    }
    if (known) return known.id
    const node: Node = { id: ids.next(), name, createdAtMs: clock.wallMs() }
    capacity.stageNode(node)
    await writer.put(nodes, node)
    return node.id
  }

  /** True for a node that has not been removed. */
  async isWelcome(nodeId: string): Promise<boolean> {
    return (await this.#deps.store.read((reader) => reader.get(nodes, nodeId))) !== undefined
  }

  /** Notes what a connected node says it is. */
  async noteFacts(nodeId: string, value: unknown): Promise<void> {
    const facts = parseWire(nodeFactsSchema, value, "a node's facts")
    await this.#change(nodeId, (node) => ({ ...node, facts, lastSeenAtMs: this.#deps.clock.wallMs() }))
  }

  async noteGone(nodeId: string): Promise<void> {
    await this.#change(nodeId, (node) => ({ ...node, lastSeenAtMs: this.#deps.clock.wallMs() }))
  }

  all(): Promise<readonly Node[]> {
    return this.#deps.store.read((reader) => reader.list(nodes))
  }

  /** Nodes as root shows them. */
  async views(usageOf: (nodeId: string) => WireNode['usage']): Promise<readonly WireNode[]> {
    const connected = this.#deps.connected()
    const instances = this.#deps.capacity.instancesByNode()
    return (await this.all()).map((node) => {
      const { id, name, subnetV4, subnetV6, facts, lastSeenAtMs } = node
      const usage = usageOf(id)
      return {
        id,
        name,
        address: facts?.address ?? '',
        connected: connected.has(id),
        instances: instances.get(id) ?? 0,
        ...(subnetV4 && { subnetV4 }),
        ...(subnetV6 && { subnetV6 }),
        ...(facts && { facts }),
        ...(usage && { usage }),
        ...(lastSeenAtMs !== undefined && { lastSeenAtMs }),
      }
    })
  }

  async #change(nodeId: string, change: (node: Node) => Node): Promise<void> {
    await this.#deps.store.write(async (writer) => {
      const node = await writer.get(nodes, nodeId)
      if (!node) throw new OakError('forbidden', 'this node no longer belongs to the cluster')
      const next = change(node)
      this.#deps.capacity.stageNode(next)
      await writer.put(nodes, next)
    })
  }
}
