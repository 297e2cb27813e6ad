import { documentAt, nodeReports, placements, rootInstances, rootReports } from './documents.ts'
import type { LedgerListener, Life } from './ledger.ts'
import type { ServicePlan } from './plan.ts'
import type { World, WorldNode } from './world.ts'

// A node is given up when nothing was heard of it for its lease (3 s) and half a second; less cannot justify anything.
const NODE_GRACE_MS = 3_000
// A cluster after five minutes, however it went.
const CLUSTER_GRACE_MS = 300_000

/** Judges every start and end of a process at the moment when it happens: what nothing explains is a failure. */
export class Watch implements LedgerListener {
  readonly failures: string[] = []
  readonly #world: World

  constructor(world: World) {
    this.#world = world
    world.surroundings.ledger.listener = this
  }

  started(life: Life): void {
    const { ledger, trace } = this.#world.surroundings
    trace.note(`${life.node} starts ${this.#name(life.instanceId)}`)
    for (const other of ledger.living(life.instanceId)) this.#judgeDuplicate(life, other)
    this.#judgeRepetition(life)
  }

  ended(life: Life, { cause, exitCode }: NonNullable<Life['end']>): void {
    this.#world.surroundings.trace.note(`${life.node} ends ${this.#name(life.instanceId)}: ${cause}, exit code ${exitCode}`)
    if (cause === 'agent') this.#judgeEnd(life)
  }

  #judgeDuplicate(life: Life, other: Life): void {
    const plan = this.#planOf(life.instanceId)
    if (!plan) return
    const what = `${this.#name(life.instanceId)} was started on ${life.node} while it ran on ${other.node}`
    if (plan.disconnect.action !== 'replace') this.#fail(`${what}, though its policy is ${plan.disconnect.action}`)
    else if (!this.#mayBeReplaced(other, plan)) this.#fail(`${what}, which could be reached all the time`)
  }

  /** A one-shot that ended is over; elsewhere it may run again only if its end was not known. */
  #judgeRepetition(life: Life): void {
    const { ledger } = this.#world.surroundings
    const plan = this.#planOf(life.instanceId)
    if (!plan?.oneShot) return
    const name = this.#name(life.instanceId)
    const ended = ledger.livesOf(life.instanceId).find(({ end }) => end?.cause === 'itself')
    if (ended?.node === life.node) return this.#fail(`${name} ended by itself on ${life.node} and was started there again`)
    if (ended && this.#isKnownToHaveEnded(life.instanceId)) this.#fail(`${name} was started on ${life.node} after its end was known`)
  }

  #isKnownToHaveEnded(instanceId: string): boolean {
    const { root, clusters } = this.#world
    const reports = [
      documentAt(rootReports, root.store, instanceId),
      ...clusters.map(({ role }) => documentAt(nodeReports, role.store, instanceId)),
    ]
    return reports.some((report) => report?.state === 'completed' || report?.state === 'failed')
  }

  #judgeEnd(life: Life): void {
    const plan = this.#planOf(life.instanceId)
    const instance = documentAt(rootInstances, this.#world.root.store, life.instanceId)
    if (!plan || !instance || this.#world.users.mayBeRemoved(instance)) return
    if (plan.disconnect.action === 'stop' && this.#wasAlone(life, plan)) return
    if (plan.disconnect.action !== 'keep' && this.#hasMoved(life) && this.#mayBeReplaced(life, plan)) return
    this.#fail(`${this.#name(life.instanceId)} was healthy on ${life.node}, and its agent ended it without a reason`)
  }

  #hasMoved({ instanceId, node }: Life): boolean {
    const where = this.#world.node(node)
    if (!where) return false
    const isHere = documentAt(placements, where.cluster.role.store, instanceId)?.nodeId === where.unit.id
    const clusterId = documentAt(rootInstances, this.#world.root.store, instanceId)?.clusterId
    return !isHere || clusterId !== where.cluster.unit.id
  }

  /** Was its node, or its cluster, away for so long that its parent may have started another? */
  #mayBeReplaced({ instanceId, node }: Life, { disconnect }: ServicePlan): boolean {
    const where = this.#world.node(node)
    if (!where) return false
    const sinceMs = this.#world.users.promised.get(instanceId)?.atMs ?? 0
    const { outages } = this.#world
    const { afterMs } = disconnect
    if (outages.longestMs(where.role.name, sinceMs) >= (afterMs ?? NODE_GRACE_MS)) return true
    return !disconnect.siteOnly && outages.longestMs(where.cluster.role.name, sinceMs) >= (afterMs ?? CLUSTER_GRACE_MS)
  }

  /** Had it no word from above for as long as its service allows? */
  #wasAlone({ instanceId, node }: Life, { disconnect }: ServicePlan): boolean {
    const where = this.#world.node(node)
    if (!where) return false
    const sinceMs = this.#world.users.promised.get(instanceId)?.atMs ?? 0
    return this.#above(where).some((name) => this.#world.outages.longestMs(name, sinceMs) >= (disconnect.afterMs ?? NODE_GRACE_MS))
  }

  #above({ role, cluster }: WorldNode): readonly string[] {
    return [role.name, cluster.role.name, this.#world.root.name]
  }

  #planOf(instanceId: string): ServicePlan | undefined {
    const serviceId = documentAt(rootInstances, this.#world.root.store, instanceId)?.serviceId
    return this.#world.users.services.find(({ id }) => id === serviceId)?.plan
  }

  #name(instanceId: string): string {
    const number = documentAt(rootInstances, this.#world.root.store, instanceId)?.number
    return `${this.#planOf(instanceId)?.name ?? 'a removed service'}.${number ?? '?'} (${instanceId})`
  }

  #fail(what: string): void {
    const { clock, trace } = this.#world.surroundings
    const failure = `at ${(clock.monotonicMs() / 1000).toFixed(3)} s: ${what}`
    trace.note(`FAILURE ${failure}`)
    this.failures.push(failure)
  }
}
