import { OakError } from '@oakestra/base'
import type { Node } from '@oakestra/model'
import type { Liveness } from '@oakestra/session'
import { changeNodeSchema, nodeVersion, parseWire, removeNodeSchema, type WireNode } from '@oakestra/wire'
import type { Capacity } from '../placement/capacity.ts'
import { nodes } from '../state.ts'
import { isMemoryOnly, nodeView } from './node-views.ts'

// What a scheduler compares for every node and every placement stays short.
const LABELS_MAX = 64
const LABEL_LENGTH_MAX = 200
const LABEL = /^[^=\s]+=\S*$/

export interface NodeOperationsDeps {
  readonly capacity: Capacity
  readonly liveness: Pick<Liveness, 'presence'>
  readonly usageOf: (nodeId: string) => WireNode['usage']
  /** Told when an operator changed what a node is for. */
  readonly onChanged: (nodeId: string) => void
}

/** What operators ask of the nodes of this cluster. Their wishes are durable; the reconcilers carry them out. */
export class NodeOperations {
  readonly #deps: NodeOperationsDeps

  constructor(deps: NodeOperationsDeps) {
    this.#deps = deps
  }

  list(): readonly WireNode[] {
    return this.#deps.capacity
      .allNodes()
      .map((node) => this.#now(node))
      .filter((now) => !isMemoryOnly(now))
      .map(nodeView)
  }

  /** `nodes.change`. Draining implies cordoned; what is opened for new instances is not drained either. @throws OakError `bad-request`, `not-found`, `conflict` */
  async change(params: unknown): Promise<WireNode> {
    const { nodeId, versions, ...wish } = parseWire(changeNodeSchema, params, 'change of a node')
    if (wish.draining && wish.cordoned === false) {
      throw new OakError('bad-request', 'a node that is drained gets no new instances: it cannot be drained and not cordoned')
    }
    if (wish.labels) checkLabels(wish.labels)
    return this.#write(nodeId, versions, (node) => ({
      ...node,
      ...((wish.cordoned !== undefined || wish.draining) && { cordoned: wish.draining === true || wish.cordoned === true }),
      ...((wish.draining !== undefined || wish.cordoned === false) && { draining: wish.draining === true }),
      ...(wish.labels && { labels: [...new Set(wish.labels)] }),
    }))
  }

  /** `nodes.remove`. Its instances go elsewhere first when it is here, at once when it is lost. @throws OakError `not-found`, `conflict` */
  async remove(params: unknown): Promise<WireNode> {
    const { nodeId, versions } = parseWire(removeNodeSchema, params, 'removal of a node')
    return this.#write(nodeId, versions, (node) => ({ ...node, removing: true }))
  }

  async #write(nodeId: string, versions: readonly string[] | undefined, change: (node: Node) => Node): Promise<WireNode> {
    const node = await this.#deps.capacity.transact(async ({ writer, putNode }) => {
      const before = await writer.get(nodes, nodeId)
      if (!before) throw new OakError('not-found', 'this cluster has no such node')
      this.#requireVersion(before, versions)
      const after = change(before)
      await putNode(after)
      return after
    })
    this.#deps.onChanged(nodeId)
    return nodeView(this.#now(node))
  }

  /** Of the operators' wishes, none shall undo another that it does not know of. */
  #requireVersion(node: Node, versions: readonly string[] | undefined): void {
    if (!versions || versions.includes(nodeVersion(nodeView(this.#now(node))))) return
    throw new OakError('conflict', `node ${node.name} was changed meanwhile: read it again, and decide whether your change still stands`)
  }

  #now(node: Node) {
    const { capacity, liveness, usageOf } = this.#deps
    return {
      node,
      presence: liveness.presence(node.id),
      instances: capacity.placementsOn(node.id).length,
      usage: usageOf(node.id),
    }
  }
}

function checkLabels(labels: readonly string[]): void {
  if (labels.length > LABELS_MAX)
    throw new OakError('bad-request', `a node carries ${LABELS_MAX} labels at most; these are ${labels.length}`)
  const wrong = labels.find((label) => label.length > LABEL_LENGTH_MAX || !LABEL.test(label))
  if (wrong === undefined) return
  const shown = JSON.stringify(wrong.slice(0, LABEL_LENGTH_MAX))
  throw new OakError('bad-request', `a label is key=value without blanks, of ${LABEL_LENGTH_MAX} characters at most; this one is ${shown}`)
}
