import type { Node, Slot } from '@oakestra/model'
import type { Candidate } from '@oakestra/scheduler'
import type { PublishedPort } from '@oakestra/sla'
import type { Change, Reader } from '@oakestra/store'
import { nodes, type Placement, placements } from './state.ts'

/** Promised to the instances of one node. */
interface Promised {
  vcpus: number
  memoryMiB: number
  vgpus: number
  storageMiB: number
  readonly ports: Map<string, PublishedPort>
}

/**
 * What each node has and what of it is promised, kept in memory beside the store so that a placement does not read
 * every node. A section that writes placements or nodes `stage`s them; they count once the store tells of the commit.
 */
export class Capacity {
  readonly #cpuOvercommit: number
  readonly #nodes = new Map<string, Node>()
  readonly #placements = new Map<string, Placement>()
  readonly #promised = new Map<string, Promised>()
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
      }
      const node = collection === nodes.name ? this.#stagedNodes.get(key) : undefined
      if (node) {
        this.#nodes.set(key, node)
        this.#stagedNodes.delete(key)
        moved = true
      }
    }
    return moved
  }

  /** Every node as the scheduler sees it. */
  candidates(connected: ReadonlySet<string>): readonly Candidate[] {
    return [...this.#nodes.values()].map((node) => ({
      id: node.id,
      name: node.name,
      active: connected.has(node.id) && node.subnetV4 !== undefined,
      slots: node.facts ? [this.#slotOf(node, node.facts)] : [],
      usedPorts: [...(this.#promised.get(node.id)?.ports.values() ?? [])],
    }))
  }

  /** How many instances each node has. */
  instancesByNode(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { nodeId } of this.#placements.values()) counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1)
    return counts
  }

  #slotOf(node: Node, facts: NonNullable<Node['facts']>): Slot {
    const promised = this.#promised.get(node.id)
    return {
      architecture: facts.architecture,
      virtualizations: facts.virtualizations,
      vcpusTotal: facts.vcpus,
      vcpusFree: facts.vcpus * this.#cpuOvercommit - (promised?.vcpus ?? 0),
      memoryFreeMiB: facts.memoryMiB - (promised?.memoryMiB ?? 0),
      vgpusFree: facts.vgpus - (promised?.vgpus ?? 0),
      storageFreeMiB: facts.storageFreeMiB - (promised?.storageMiB ?? 0),
    }
  }

  #set(instanceId: string, placement: Placement | undefined): void {
    const before = this.#placements.get(instanceId)
    if (before) this.#account(before, -1)
    this.#placements.delete(instanceId)
    if (!placement) return
    this.#placements.set(instanceId, placement)
    this.#account(placement, 1)
  }

  #account({ nodeId, resources, ports }: Placement, sign: 1 | -1): void {
    const promised = this.#promised.get(nodeId) ?? { vcpus: 0, memoryMiB: 0, vgpus: 0, storageMiB: 0, ports: new Map() }
    this.#promised.set(nodeId, promised)
    promised.vcpus += sign * resources.vcpus
    promised.memoryMiB += sign * resources.memoryMiB
    promised.vgpus += sign * resources.vgpus
    promised.storageMiB += sign * resources.storageMiB
    for (const port of ports) {
      const key = `${port.hostPort}/${port.protocol}`
      if (sign > 0) promised.ports.set(key, port)
      else promised.ports.delete(key)
    }
  }
}
