import type { Node, Slot } from '@oakestra/model'
import { type Candidate, slotOfNode } from '@oakestra/scheduler'
import type { Change, Reader } from '@oakestra/store'
import { nodes, type Placement, placements } from './state.ts'

/**
 * What each node has and what of it is promised, kept in memory beside the store so that a placement does not read
 * every node. A section that writes placements or nodes `stage`s them; they count once the store tells of the commit.
 */
export class Capacity {
  readonly #cpuOvercommit: number
  readonly #nodes = new Map<string, Node>()
  readonly #nodeOf = new Map<string, string>()
  readonly #promised = new Map<string, Map<string, Placement>>()
  /** Candidates that are still true; made anew when their node or its placements change. */
  readonly #known = new Map<string, Candidate>()
  readonly #staged = new Map<string, Placement | undefined>()
  readonly #stagedNodes = new Map<string, Node>()

  constructor(cpuOvercommit: number) {
    this.#cpuOvercommit = cpuOvercommit
  }

  async load(reader: Reader): Promise<void> {
    for (const node of await reader.list(nodes)) this.#nodes.set(node.id, node)
    for (const placement of await reader.list(placements)) this.#set(placement.instanceId, placement)
  }

  stage(instanceId: string, placement: Placement | undefined): void {
    this.#staged.set(instanceId, placement)
  }

  stageNode(node: Node): void {
    this.#stagedNodes.set(node.id, node)
  }

  /** Takes over what was staged and is now committed. Gives true when there may be more or less room than before. */
  committed(changes: readonly Change[]): boolean {
    let moved = false
    for (const { collection, key } of changes) {
      if (collection === placements.name && this.#staged.has(key)) {
        this.#set(key, this.#staged.get(key))
        this.#staged.delete(key)
        moved = true
      } else if (collection === nodes.name) moved = this.#setNode(key) || moved
    }
    return moved
  }

  /** Every node as the scheduler sees it. */
  candidates(connected: ReadonlySet<string>): readonly Candidate[] {
    return [...this.#nodes.values()].map((node) => {
      const active = connected.has(node.id) && node.subnetV4 !== undefined
      const known = this.#known.get(node.id)
      if (known?.active === active) return known
      const candidate = this.#candidate(node, active)
      this.#known.set(node.id, candidate)
      return candidate
    })
  }

  /** How many instances each node has. */
  instancesByNode(): ReadonlyMap<string, number> {
    return new Map([...this.#promised].map(([nodeId, promised]) => [nodeId, promised.size]))
  }

  #candidate({ id, name, facts }: Node, active: boolean): Candidate {
    const promised = [...(this.#promised.get(id)?.values() ?? [])]
    const slots: readonly Slot[] = facts ? [slotOfNode(facts, promised, this.#cpuOvercommit)] : []
    return { id, name, active, slots, usedPorts: promised.flatMap((placement) => placement.ports) }
  }

  #setNode(nodeId: string): boolean {
    const node = this.#stagedNodes.get(nodeId)
    if (!node) return false
    this.#stagedNodes.delete(nodeId)
    this.#nodes.set(nodeId, node)
    this.#known.delete(nodeId)
    return true
  }

  #set(instanceId: string, placement: Placement | undefined): void {
    const before = this.#nodeOf.get(instanceId)
    if (before) {
      this.#promised.get(before)?.delete(instanceId)
      this.#nodeOf.delete(instanceId)
      this.#known.delete(before)
    }
    if (!placement) return
    const promised = this.#promised.get(placement.nodeId) ?? new Map<string, Placement>()
    this.#promised.set(placement.nodeId, promised.set(instanceId, placement))
    this.#nodeOf.set(instanceId, placement.nodeId)
    this.#known.delete(placement.nodeId)
  }
}
