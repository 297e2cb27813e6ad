import { documentAt, nodeReports, placements, type RootInstance, rootInstances, rootReports } from './documents.ts'
import type { LedgerListener, Life } from './ledger.ts'
import type { ServicePlan } from './plan.ts'
import { agentOf, stallOf, type World, type WorldNode } from './world.ts'

/*
 * A node is given up when nothing was heard of it for three and a half seconds, a cluster after five minutes (decision 10).
 * What counts is the last sign of life, which came up to a period of signs before the outage, and took a while to arrive.
 */
const NODE_GRACE_MS = 3_500
const CLUSTER_GRACE_MS = 300_000
const NODE_SIGNS_MS = 1_300
const CLUSTER_SIGNS_MS = 3_300
/** While a connection moves nothing, the far end is asked beside it from half a lease of silence on, with each tick (`pulse.ts`). */
const NODE_STALLED_SIGNS_MS = 2_050
const CLUSTER_STALLED_SIGNS_MS = 6_050
// What an agent writes down of its last contact is older than the truth by this much at most: over its restart time ends sooner.
const CONTACT_WRITE_MS = 5_000

const CARRIED_OUT_MS = 20_000

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

  /** What is asked for has its reason when it is asked; a deaf process takes its time. */
  asked(life: Life): void {
    this.#judgeEnd(life)
  }

  ended(life: Life, { cause, exitCode }: NonNullable<Life['end']>): void {
    this.#world.surroundings.trace.note(`${life.node} ends ${this.#name(life.instanceId)}: ${cause}, exit code ${exitCode}`)
  }

  #judgeDuplicate(life: Life, other: Life): void {
    const plan = this.#planOf(life.instanceId)
    if (!plan) return
    const what = `${this.#name(life.instanceId)} was started on ${life.node} while it ran on ${other.node}`
    // One that was given up may itself start what it had, from what it remembers, before it hears that others have it now.
    const isForgiven = this.#mayBeReplaced(other, plan) || this.#mayBeReplaced(life, plan)
    if (isForgiven && (plan.disconnect.action === 'replace' || this.#wasSentAway(other))) return
    if (plan.disconnect.action === 'stop' && this.#hadNoAgent(other)) return
    this.#fail(
      `${what}, ${plan.disconnect.action === 'replace' ? 'which could be reached' : `and its policy is ${plan.disconnect.action}`}`,
    )
  }

  /** Whatever its policy: an operator who sends it away from a node that cannot be asked gets a second one at once. */
  #wasSentAway({ instanceId, node }: Life): boolean {
    const instance = documentAt(rootInstances, this.#world.root.store, instanceId)
    return instance !== undefined && this.#world.users.wasSentAway(instance, node)
  }

  /** What shall end itself needs somebody to end it: while the agent is down and its machine is not, nobody does. */
  #hadNoAgent({ node, startMs }: Life): boolean {
    return this.#world.outages.longestMs(agentOf(node), startMs) > 0
  }

  /** A one-shot that ended is over; elsewhere it may run again only if its end was not known. */
  #judgeRepetition(life: Life): void {
    const { ledger } = this.#world.surroundings
    const plan = this.#planOf(life.instanceId)
    if (!plan?.oneShot) return
    const name = this.#name(life.instanceId)
    const ended = ledger.livesOf(life.instanceId).find(({ end }) => end?.cause === 'itself')
    // Given away and given back, it may have been forgotten in between; one that was away begins with what it remembers.
    const wasGivenAway = plan.disconnect.action !== 'keep' && this.#mayBeReplaced(life, plan)
    if (!ended || wasGivenAway || this.#mayBeRepeated(life.instanceId)) return
    if (ended.node === life.node) return this.#fail(`${name} ended by itself on ${life.node} and was started there again`)
    if (this.#isKnownToHaveEnded(life)) this.#fail(`${name} was started on ${life.node} after its end was known`)
  }

  /** Its removal was asked for, and forgotten by a root that was put back: it is wanted once more. */
  #mayBeRepeated(instanceId: string): boolean {
    const { users, root } = this.#world
    const instance = documentAt(rootInstances, root.store, instanceId)
    return users.wasAnythingForgotten && instance !== undefined && users.mayBeRemoved(instance)
  }

  /** Does anybody know who could have sent it there? */
  #isKnownToHaveEnded({ instanceId, node }: Life): boolean {
    const { root } = this.#world
    const above = this.#world.node(node)?.cluster.role.store
    const reports = [documentAt(rootReports, root.store, instanceId), above && documentAt(nodeReports, above, instanceId)]
    return reports.some((report) => report?.state === 'completed' || report?.state === 'failed')
  }

  #judgeEnd(life: Life): void {
    const plan = this.#planOf(life.instanceId)
    const instance = documentAt(rootInstances, this.#world.root.store, life.instanceId)
    if (!plan || !instance || this.#world.users.mayBeEnded(instance, life.node)) return
    if (plan.disconnect.action === 'stop' && this.#wasAlone(life, plan)) return
    if (plan.disconnect.action !== 'keep' && this.#hasMoved(life) && this.#mayBeReplaced(life, plan)) return
    if (this.#failedUntilNow(life) || this.#isToRestart(life, instance)) return
    if (plan.disconnect.action !== 'keep' && instance.leaving && this.#mayBeReplaced(life, plan, this.#justNowMs)) return
    this.#fail(`${this.#name(life.instanceId)} was healthy on ${life.node}, and its agent ends it without a reason`)
  }

  /** It was to try another node after many failures, and was started here once more while that was decided. */
  #failedUntilNow({ instanceId, node, startMs }: Life): boolean {
    const above = this.#world.node(node)?.cluster.role.store
    const cause = above && documentAt(placements, above, instanceId)?.departure?.cause
    return cause === 'strikes' && this.#world.surroundings.clock.monotonicMs() - startMs < CARRIED_OUT_MS / 4
  }

  /** Was it started before a restart that somebody asked for? One that was started since has had it. */
  #isToRestart({ instanceId, node }: Life, { restart }: RootInstance): boolean {
    const spec = this.#world.node(node)?.machine.workloads.get(instanceId)?.spec
    return restart !== undefined && spec !== undefined && (spec.restartsAsked ?? 0) < restart.asked
  }

  #hasMoved({ instanceId, node }: Life): boolean {
    const where = this.#world.node(node)
    if (!where) return false
    const isHere = documentAt(placements, where.cluster.role.store, instanceId)?.nodeId === where.unit.id
    const clusterId = documentAt(rootInstances, this.#world.root.store, instanceId)?.clusterId
    return !isHere || clusterId !== where.cluster.unit.id
  }

  /** Was its node, or its cluster, away for so long that its parent may have started another? */
  #mayBeReplaced(life: Life, { disconnect }: ServicePlan, fromMs = 0): boolean {
    const { instanceId, node } = life
    const where = this.#world.node(node)
    if (!where) return false
    const sinceMs = Math.max(fromMs, this.#world.users.promised.get(instanceId)?.atMs ?? 0)
    const { outages } = this.#world
    const { afterMs } = disconnect
    const { name: own } = where.role
    const { name: cluster } = where.cluster.role
    const hasStalled = (name: string) => outages.longestMs(stallOf(name), sinceMs) > 0
    const nodeSignsMs = hasStalled(own) ? NODE_STALLED_SIGNS_MS : NODE_SIGNS_MS
    // What an operator sends away waits for its node alone, whatever its service allows (decision 10).
    const nodeGraceMs = this.#wasSentAway(life) ? NODE_GRACE_MS : (afterMs ?? NODE_GRACE_MS)
    if (outages.longestMs(own, sinceMs) >= nodeGraceMs - nodeSignsMs) return true
    const clusterSignsMs = hasStalled(cluster) ? CLUSTER_STALLED_SIGNS_MS : CLUSTER_SIGNS_MS
    return !disconnect.siteOnly && outages.longestMs(cluster, sinceMs) >= (afterMs ?? CLUSTER_GRACE_MS) - clusterSignsMs
  }

  /** What was decided because a place was away is carried out as soon as it is back, or not at all. */
  get #justNowMs(): number {
    return this.#world.surroundings.clock.monotonicMs() - CARRIED_OUT_MS
  }

  /** Had it no word from above for as long as its service allows? */
  #wasAlone({ instanceId, node }: Life, { disconnect }: ServicePlan): boolean {
    const where = this.#world.node(node)
    if (!where) return false
    const sinceMs = this.#world.users.promised.get(instanceId)?.atMs ?? 0
    const aloneMs = Math.max(...this.#above(where).map((name) => this.#world.outages.longestMs(name, sinceMs)))
    return aloneMs >= (disconnect.afterMs ?? NODE_GRACE_MS) - NODE_SIGNS_MS - CONTACT_WRITE_MS
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
