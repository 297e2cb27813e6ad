import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { type Clock, type Logger, Mutex, OakError, throwIfAborted } from '@oakestra/base'
import type { ApplyReport, Network, NetworkInput } from '../network.ts'
import { diffKernel } from '../plan/diff-kernel.ts'
import { lostTargets } from '../plan/flows.ts'
import type { FlowPolicy, KernelConfig } from '../plan/kernel-config.ts'
import { type KernelState, stateOf } from '../plan/kernel-state.ts'
import { checkTag, namespaceName, namespacePath } from '../plan/names.ts'
import { planNetwork, sysctlPaths } from '../plan/plan-network.ts'
import { type RefusedAttachment, settlePortClaims } from '../plan/port-claims.ts'
import { renderStep, type Step } from '../plan/step.ts'
import { act } from './act.ts'
import { Machine } from './machine.ts'
import { observeKernel } from './observe.ts'
import { occupiedPrefixes } from './occupied-prefixes.ts'
import { portKnowledge } from './port-knowledge.ts'

export interface KernelNetworkOptions {
  /** {@link NodePlace.tag} of the node: names everything that is made, and finds it again. */
  readonly tag: string
  readonly logger: Logger
  readonly clock: Clock
  /** Path of a network namespace that plays the machine. Absent: the process's own. */
  readonly hostNetns?: string
}

/** A network in the kernel of this machine. Nothing is opened or loaded before the first call that needs it. */
export function createKernelNetwork(options: KernelNetworkOptions): Network {
  return new KernelNetwork(options)
}

class KernelNetwork implements Network {
  readonly #options: KernelNetworkOptions
  readonly #mutex = new Mutex()
  #machine: Machine | undefined
  /** What the kernel holds; undefined when that is not known for certain. */
  #state: KernelState | undefined
  /** What the last complete application allowed; connections that it allowed and the next one does not are ended. */
  #flows: FlowPolicy | undefined

  constructor(options: KernelNetworkOptions) {
    checkTag(options.tag)
    this.#options = options
  }

  apply(input: NetworkInput, signal?: AbortSignal): Promise<ApplyReport> {
    return this.#mutex.run(async () => {
      const machine = await this.#open()
      const state = this.#state ?? this.#observe(machine)
      const { config, refused } = this.#plan(machine, input, state)
      const cutFlows = this.#flows ? lostTargets(this.#flows, config.flows) : 'all'
      const report = await this.#change(machine, diffKernel({ tag: config.tag, state, config, cutFlows }), config, signal)
      this.#state = stateOf(config)
      this.#flows = config.flows
      if (refused.length > 0) throw portInUse(refused)
      return report
    })
  }

  netnsPath(instanceId: string): string {
    return namespacePath(namespaceName(this.#options.tag, instanceId))
  }

  verify(input: NetworkInput): Promise<readonly string[]> {
    return this.#mutex.run(async () => {
      const machine = await this.#open()
      const state = this.#observe(machine)
      this.#state = state
      const { config, refused } = this.#plan(machine, input, state)
      const { added, removed } = reportOf(diffKernel({ tag: config.tag, state, config }))
      const refusals = refused.map(({ attachment, port, owner }) => `instance ${attachment.instanceId} lacks port ${port}: ${owner} has it`)
      return [...added.map((text) => `missing: ${text}`), ...removed.map((text) => `surplus: ${text}`), ...refusals]
    })
  }

  occupiedPrefixes(): Promise<readonly string[]> {
    return this.#mutex.run(async () => occupiedPrefixes((await this.#open()).route, this.#options.tag))
  }

  clear(): Promise<void> {
    return this.#mutex.run(async () => {
      const machine = await this.#open()
      const { tag } = this.#options
      await this.#change(machine, diffKernel({ tag, state: this.#observe(machine) }), undefined, undefined)
    })
  }

  /** Closes what is open; what is in the kernel stays. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#mutex.run(async () => {
      this.#machine?.[Symbol.dispose]()
      this.#machine = undefined
      this.#state = undefined
    })
  }

  async #open(): Promise<Machine> {
    this.#machine ??= await Machine.open(this.#options.hostNetns)
    return this.#machine
  }

  #observe(machine: Machine): KernelState {
    return observeKernel(machine, this.#options.tag, sysctlPaths(this.#options.tag))
  }

  #plan(machine: Machine, input: NetworkInput, state: KernelState) {
    const { tag } = this.#options
    if (input.place.tag !== tag)
      throw new OakError('conflict', `the network of node ${tag} was handed the place of node ${input.place.tag}`)
    const { accepted, refused } = settlePortClaims(input.attachments, portKnowledge(machine, tag, state))
    return { config: planNetwork({ ...input, attachments: accepted }), refused }
  }

  /** While it runs, and after it failed, nobody knows what the kernel holds: the next one looks. */
  async #change(
    machine: Machine,
    steps: readonly Step[],
    config: KernelConfig | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ApplyReport> {
    this.#state = undefined
    const { clock, logger } = this.#options
    const startMs = clock.monotonicMs()
    for (const step of steps) {
      if (step.do === 'add-namespace') await turnOfTheLoop()
      throwIfAborted(signal)
      await act(machine, this.#options.tag, step, config?.flows)
    }
    const report = reportOf(steps)
    if (steps.length > 0) {
      const counts = { added: report.added.length, removed: report.removed.length }
      logger.info('network changed', { ...counts, durationMs: Math.round(clock.monotonicMs() - startMs) })
    }
    return report
  }
}

function reportOf(steps: readonly Step[]): ApplyReport {
  const texts = steps.map(renderStep)
  return { added: texts.flatMap(({ added }) => added), removed: texts.flatMap(({ removed }) => removed) }
}

/** All else was applied when this is thrown; the refused instances have no network. */
function portInUse(refused: readonly RefusedAttachment[]): OakError {
  const sentences = refused.map(
    ({ attachment, port, owner }) => `instance ${attachment.instanceId} cannot publish port ${port}: ${owner} has it`,
  )
  const instances = refused.map(({ attachment }) => attachment.instanceId)
  return new OakError('port-in-use', sentences.join('; '), { details: { instances, ports: refused.map(({ port }) => port) } })
}
