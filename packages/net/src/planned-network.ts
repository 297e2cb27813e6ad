import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { type Clock, type Logger, Mutex, OakError, throwIfAborted } from '@oakestra/base'
import type { ApplyReport, HeardFrom, InsightfulNetwork, NetworkInput } from './network.ts'
import { diffKernel } from './plan/diff-kernel.ts'
import { explainAddress } from './plan/explain.ts'
import { lostTargets, watchedAddresses } from './plan/flows.ts'
import { settleGateClaims } from './plan/gate-claims.ts'
import type { KernelConfig } from './plan/kernel-config.ts'
import { type KernelState, stateOf } from './plan/kernel-state.ts'
import { checkTag, namespaceName, namespacePath } from './plan/names.ts'
import { Plan } from './plan/plan.ts'
import type { MachineFacts } from './plan/plan-frame.ts'
import { NO_FACTS, planNetwork } from './plan/plan-network.ts'
import { Planner } from './plan/planner.ts'
import { type PortKnowledge, type RefusedAttachment, settlePortClaims } from './plan/port-claims.ts'
import type { PlanSource } from './plan/same-frame.ts'
import { renderStep, type Step } from './plan/step.ts'

/** What a network needs of a kernel, real or pretended: it looks and it acts, and decides nothing. */
export interface KernelAccess {
  /** Everything of the node that is there, found without memory. */
  observe(): KernelState
  /** Makes one change; one that is made already is no error. @throws OakError `unavailable` naming the object */
  act(step: Step, config: KernelConfig | undefined): Promise<void> | void
  ports(state: KernelState): PortKnowledge
  /** Asked for only when there are other nodes. */
  facts(): MachineFacts
  occupiedPrefixes(): readonly string[]
  /** Tracked connections by the given addresses that they concern; without stopping anybody else. */
  countUse(watched: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Elements of the sets in which the kernel notes from where probes come; none while there are no such sets. */
  heard(): readonly HeardFrom[]
  /** Tells of routes in the overlay's ranges that come or go and are no node's, until what it returns is called, or it is closed. */
  watchRoutes(onChange: () => void): Promise<() => void>
  close(): void
}

export interface PlannedNetworkOptions {
  readonly tag: string
  readonly logger: Logger
  readonly clock: Clock
  /** Called before the first use, and again after the network was disposed. */
  readonly openKernel: () => Promise<KernelAccess>
}

interface SettledInput {
  readonly source: PlanSource
  readonly refused: readonly RefusedAttachment[]
}

/** Routes take some 30 microseconds each. */
const STEPS_PER_TURN = 200

/** A network that plans purely and lets a kernel act. */
export class PlannedNetwork implements InsightfulNetwork {
  readonly #options: PlannedNetworkOptions
  readonly #mutex = new Mutex()
  #kernel: KernelAccess | undefined
  readonly #planner = new Planner()
  /** What the kernel holds; undefined when that is not known for certain. */
  #held: Plan | KernelState | undefined
  /** What was applied completely last; connections that it allowed and the next one does not are ended. */
  #applied: Plan | undefined
  #gatewayFaults: ReadonlyMap<string, string> = new Map()

  constructor(options: PlannedNetworkOptions) {
    checkTag(options.tag)
    this.#options = options
  }

  apply(input: NetworkInput, signal?: AbortSignal): Promise<ApplyReport> {
    return this.#mutex.run(async () => {
      const kernel = await this.#open()
      const held = this.#held ?? kernel.observe()
      const { source, refused } = this.#settle(kernel, input, held)
      const { plan, stepsFrom } = this.#planner.plan(source)
      const steps = (held instanceof Plan && stepsFrom(held)) || this.#stepsTo(plan, held)
      const report = await this.#change(kernel, steps, plan, signal)
      this.#held = plan
      this.#applied = plan
      if (refused.length > 0) throw portInUse(refused)
      return report
    })
  }

  netnsPath(instanceId: string): string {
    return namespacePath(namespaceName(this.#options.tag, instanceId))
  }

  verify(input: NetworkInput): Promise<readonly string[]> {
    return this.#mutex.run(async () => {
      const { added, removed, refused } = this.#compare(await this.#open(), input)
      return [...added.map((text) => `missing: ${text}`), ...removed.map((text) => `surplus: ${text}`), ...refused.map(refusalText)]
    })
  }

  explain(input: NetworkInput, address: string): Promise<readonly string[]> {
    return this.#mutex.run(async () => {
      const { config, added } = this.#compare(await this.#open(), input)
      return explainAddress({ input, config, missing: added }, address)
    })
  }

  gatewayFaults(): ReadonlyMap<string, string> {
    return this.#gatewayFaults
  }

  async activity(): Promise<ReadonlyMap<string, number>> {
    const applied = this.#applied
    if (!applied) return new Map()
    const kernel = await this.#mutex.run(() => this.#open())
    return kernel.countUse(watchedAddresses(applied.flows))
  }

  heard(): Promise<readonly HeardFrom[]> {
    return this.#mutex.run(async () => (await this.#open()).heard())
  }

  watchRoutes(onChange: () => void): Promise<() => void> {
    return this.#mutex.run(async () => (await this.#open()).watchRoutes(onChange))
  }

  occupiedPrefixes(): Promise<readonly string[]> {
    return this.#mutex.run(async () => (await this.#open()).occupiedPrefixes())
  }

  clear(): Promise<void> {
    return this.#mutex.run(async () => {
      const kernel = await this.#open()
      const steps = diffKernel({ tag: this.#options.tag, state: kernel.observe() })
      await this.#change(kernel, steps, undefined, undefined)
      this.#applied = undefined
    })
  }

  /** Closes what is open; what is in the kernel stays. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#mutex.run(async () => {
      this.#kernel?.close()
      this.#kernel = undefined
      this.#held = undefined
      this.#applied = undefined
    })
  }

  async #open(): Promise<KernelAccess> {
    this.#kernel ??= await this.#options.openKernel()
    return this.#kernel
  }

  #compare(kernel: KernelAccess, input: NetworkInput) {
    const state = kernel.observe()
    // From here on the next application repairs what was found.
    this.#held = state
    const { source, refused } = this.#settle(kernel, input, state)
    const config = planNetwork(source.input, source.machine)
    return { config, refused, ...reportOf(diffKernel({ tag: config.tag, state, config })) }
  }

  /** Compares as a whole. */
  #stepsTo(plan: Plan, held: Plan | KernelState): readonly Step[] {
    const cutFlows = this.#applied ? lostTargets(this.#applied.flows, plan.flows) : 'all'
    return diffKernel({ tag: plan.tag, state: held instanceof Plan ? stateOf(held) : held, config: plan, cutFlows })
  }

  /** Leaves out whoever does not get its ports. */
  #settle(kernel: KernelAccess, input: NetworkInput, held: Plan | KernelState): SettledInput {
    const { tag } = this.#options
    if (input.place.tag !== tag)
      throw new OakError('conflict', `the network of node ${tag} was handed the place of node ${input.place.tag}`)
    const ports = kernel.ports(held instanceof Plan ? held.stateOfPorts : held)
    const { accepted, refused } = settlePortClaims(input.attachments, ports)
    const gates = settleGateClaims(input.gateways ?? [], accepted, ports)
    this.#gatewayFaults = gates.refused
    const machine = input.peers?.length ? kernel.facts() : NO_FACTS
    return { source: { input: { ...input, attachments: accepted, gateways: gates.accepted }, machine }, refused }
  }

  /** While it runs, and after it failed, nobody knows what the kernel holds: the next call looks. */
  async #change(
    kernel: KernelAccess,
    steps: readonly Step[],
    config: KernelConfig | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ApplyReport> {
    this.#held = undefined
    const { clock, logger } = this.#options
    const startMs = clock.monotonicMs()
    for (const [at, step] of steps.entries()) {
      // Between instances, and now and then between routes, others get their turn: fifty instances take a third of a second.
      if (step.do === 'add-namespace' || at % STEPS_PER_TURN === STEPS_PER_TURN - 1) await turnOfTheLoop()
      throwIfAborted(signal)
      await kernel.act(step, config)
    }
    const report = reportOf(steps)
    const counts = { added: report.added.length, removed: report.removed.length }
    if (counts.added + counts.removed > 0) {
      logger.info('network changed', { ...counts, durationMs: Math.round(clock.monotonicMs() - startMs) })
    }
    return report
  }
}

function reportOf(steps: readonly Step[]): ApplyReport {
  const texts = steps.map(renderStep)
  return { added: texts.flatMap(({ added }) => added), removed: texts.flatMap(({ removed }) => removed) }
}

/** All else was applied when this is thrown; the instances in `details.instances` have no network. */
function portInUse(refused: readonly RefusedAttachment[]): OakError {
  const details = { instances: refused.map(({ attachment }) => attachment.instanceId), ports: refused.map(({ port }) => port) }
  return new OakError('port-in-use', refused.map(refusalText).join('; '), { details })
}

function refusalText({ attachment, port, owner }: RefusedAttachment): string {
  return `instance ${attachment.instanceId} cannot publish port ${port}: ${owner} has it`
}
