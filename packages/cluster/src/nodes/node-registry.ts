import { type Clock, type IdGenerator, OakError } from '@oakestra/base'
import type { Node } from '@oakestra/model'
import type { Liveness } from '@oakestra/session'
import type { Reader, Store, Writer } from '@oakestra/store'
import { nodeFactsSchema, parseWire } from '@oakestra/wire'
import { hostOf } from '../overlay/reach.ts'
import type { Capacity } from '../placement/capacity.ts'
import { nodes } from '../state.ts'

export interface NodeRegistryDeps {
  readonly store: Store
  readonly capacity: Capacity
  readonly liveness: Pick<Liveness, 'presence'>
  readonly ids: IdGenerator
  readonly clock: Clock
}

/** Which nodes belong to this cluster and what they said they are. */
export class NodeRegistry {
  readonly #deps: NodeRegistryDeps

  constructor(deps: NodeRegistryDeps) {
    this.#deps = deps
  }

  /**
   * Takes in a node that joins. Upstream knows a node by its name, so that two machines of one name take each other over
   * (`reference/orchestration.md` W-16). Here a name belongs to one node for as long as that one may return: joining under it is
   * refused while it is here or away. Under the name of a lost one a machine joins as a **new** node, and the old one counts as
   * removed. It must not become the same node: the document of the old one would start everything there at once, while the
   * old machine, whose certificate is as good, may still run it. As a removed node, the old machine is let in once more, learns that it has
   * nothing to run, ends it, and is refused from then on.
   * @throws OakError `conflict` when the name is in use
   */
  async enlist(writer: Writer, name: string): Promise<string> {
    const { clock, ids } = this.#deps
    for (const known of await this.#namesakes(writer, name)) {
      // It never said a word: its join was interrupted, and this is the same machine, trying again.
      if (!known.facts) return known.id
      this.#refuseNameInUse(known)
      await this.#put(writer, { ...known, removing: true })
    }
    const node: Node = { id: ids.next(), name, createdAtMs: clock.wallMs() }
    await this.#put(writer, node)
    return node.id
  }

  /** True for a node that is known, also one that is being removed: it has to be told. */
  async isWelcome(nodeId: string): Promise<boolean> {
    return (await this.#deps.store.read((reader) => reader.get(nodes, nodeId))) !== undefined
  }

  /** Notes what a connected node says it is, and the `host:port` it is seen at. @throws OakError `bad-request`, `forbidden` for a node that was removed */
  async noteFacts(nodeId: string, value: unknown, address?: string): Promise<void> {
    const facts = parseWire(nodeFactsSchema, value, "a node's facts")
    const seen = address === undefined ? {} : { seenAddress: hostOf(address) }
    await this.#change(nodeId, (node) => ({ ...node, facts, ...seen, lastSeenAtMs: this.#deps.clock.wallMs() }))
  }

  async noteGone(nodeId: string): Promise<void> {
    await this.#change(nodeId, (node) => ({ ...node, lastSeenAtMs: this.#deps.clock.wallMs() }))
  }

  /** The section is the admission's, which may still fail: what is true is read later. */
  async #put(writer: Writer, node: Node): Promise<void> {
    this.#deps.capacity.doubtNode(node.id)
    await writer.put(nodes, node)
  }

  async #namesakes(reader: Reader, name: string): Promise<readonly Node[]> {
    return (await reader.list(nodes, { index: 'name', equals: name })).filter((node) => node.removing !== true)
  }

  #refuseNameInUse({ id, name }: Node): void {
    const presence = this.#deps.liveness.presence(id)
    if (presence === 'here') {
      throw new OakError('conflict', `a node named ${name} is connected already; give this one another name`)
    }
    if (presence === 'away') {
      const advice = 'if this machine takes its place, try again in a minute; otherwise give this one another name'
      throw new OakError('conflict', `a node named ${name} was here a moment ago and may return; ${advice}`)
    }
  }

  async #change(nodeId: string, change: (node: Node) => Node): Promise<void> {
    await this.#deps.capacity.transact(async ({ writer, putNode }) => {
      const node = await writer.get(nodes, nodeId)
      if (!node) throw new OakError('forbidden', 'this node no longer belongs to the cluster')
      await putNode(change(node))
    })
  }
}
