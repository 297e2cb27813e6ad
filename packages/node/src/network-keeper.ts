import { LatestTask, type Logger, OakError, toOakError } from '@oakestra/base'
import type { Network, NetworkInput } from '@oakestra/net'
import type { NetworkView } from './network-view.ts'

/** What the kernel shall look like, and why. */
export interface NetworkPlan {
  readonly view: NetworkView
  readonly input: NetworkInput
  /** Instances that are left out, each with the reason: an address of theirs is taken. */
  readonly refused: ReadonlyMap<string, string>
}

export interface NetworkKeeperDeps {
  readonly network: Network
  readonly logger: Logger
  /** `undefined` while the node has no place in the overlay. */
  readonly plan: () => Promise<NetworkPlan | undefined>
  /** Told when a plan is in the kernel, but for instances that were refused. */
  readonly onApplied: (plan: NetworkPlan) => Promise<void>
}

/** Keeps the kernel's part of the overlay as the instances need it. Whoever changed something asks for a run and waits for it. */
export class NetworkKeeper {
  readonly #deps: NetworkKeeperDeps
  readonly #task: LatestTask
  #portless: { readonly instances: ReadonlySet<unknown>; readonly error: OakError } | undefined
  #addressless: ReadonlyMap<string, string> = new Map()
  #tunnelFault: string | undefined

  constructor(deps: NetworkKeeperDeps) {
    this.#deps = deps
    this.#task = new LatestTask(() => this.#apply())
  }

  /** Resolves when the kernel matches what was known at or after this call, but for instances that were refused. */
  apply(): Promise<void> {
    return this.#task.request()
  }

  /** Why the last application left an instance without network: a port that it publishes, or an address of its, is taken. */
  refusalOf(instanceId: string): OakError | undefined {
    const taken = this.#addressless.get(instanceId)
    if (taken !== undefined) return new OakError('conflict', taken)
    return this.#portless?.instances.has(instanceId) ? this.#portless.error : undefined
  }

  async #apply(): Promise<void> {
    const { plan, onApplied } = this.#deps
    const planned = await plan()
    if (!planned) return
    this.#addressless = planned.refused
    try {
      await this.#applyWithTunnel(planned.input)
      this.#portless = undefined
    } catch (thrown) {
      const error = toOakError(thrown)
      const { instances } = error.details
      // Everything else was applied: this is the matter of those instances alone.
      if (error.code !== 'port-in-use' || !Array.isArray(instances)) throw thrown
      this.#portless = { instances: new Set(instances), error }
    }
    await onApplied(planned)
  }

  /** What runs here shall have its network also when this node cannot speak to others. */
  async #applyWithTunnel(input: NetworkInput): Promise<void> {
    const { network, logger } = this.#deps
    try {
      await network.apply(input)
      this.#tunnelFault = undefined
    } catch (thrown) {
      const error = toOakError(thrown)
      if (!input.place.tunnel || !error.message.startsWith('cannot make the tunnel')) throw thrown
      if (this.#tunnelFault !== error.message) logger.error('this node cannot speak to others', { err: error.message })
      this.#tunnelFault = error.message
      const { tunnel: _none, ...place } = input.place
      await network.apply({ ...input, place })
    }
  }
}
