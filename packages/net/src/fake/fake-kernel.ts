import type { HeardFrom } from '../network.ts'
import { countUse, type Flow } from '../plan/flows.ts'
import type { KernelConfig } from '../plan/kernel-config.ts'
import { EMPTY_STATE, type KernelState } from '../plan/kernel-state.ts'
import { tableName } from '../plan/names.ts'
import { type HostPort, type PortKnowledge, portsInKernel } from '../plan/port-claims.ts'
import type { Step } from '../plan/step.ts'
import type { KernelAccess } from '../planned-network.ts'
import { applyStep } from './apply-step.ts'

/**
 * A kernel in memory. It outlives the networks that use it, as a real one outlives the agent, and several nodes can be
 * on it. Tests read it, spoil it, and make it fail.
 */
export class FakeKernel {
  readonly #states = new Map<string, KernelState>()
  /** Ports that programs of the machine listen on. */
  readonly boundPorts = new Set<HostPort>()
  #occupied: readonly string[] = []
  readonly #watches = new Set<() => void>()
  /** The connections that the kernel tracks. */
  flows: readonly Flow[] = []
  /** From where probes came. */
  heard: readonly HeardFrom[] = []
  /** The machine's own addresses: a peer at one of them is another node on this kernel. */
  addresses: readonly string[] = []
  /** Called before each change; what it throws, the change throws, and nothing of it happens. */
  beforeStep: (step: Step) => void = () => undefined

  /** What {@link Network.occupiedPrefixes} answers, besides the subnets of other nodes on this kernel. */
  get occupied(): readonly string[] {
    return this.#occupied
  }

  /** Whoever watches routes is told. */
  set occupied(prefixes: readonly string[]) {
    this.#occupied = prefixes
    for (const onChange of this.#watches) onChange()
  }

  /** What the node with this tag has in the kernel. */
  state(tag: string): KernelState {
    return this.#states.get(tag) ?? EMPTY_STATE
  }

  /** Changes the node's state behind its back. */
  damage(tag: string, change: (state: KernelState) => KernelState): void {
    this.#states.set(tag, change(this.state(tag)))
  }

  /** Names of the node's namespaces that exist. */
  namespaces(tag: string): readonly string[] {
    return this.state(tag).namespaces.flatMap(({ name, isMounted }) => (isMounted ? [name] : []))
  }

  /** The kernel as the node with this tag sees it. */
  access(tag: string): KernelAccess {
    return {
      observe: () => this.state(tag),
      act: (step, config) => this.#act(tag, step, config),
      ports: (state) => this.#ports(tag, state),
      facts: () => ({ addresses: this.addresses }),
      occupiedPrefixes: () => [...this.occupied, ...this.#others(tag).flatMap(([, state]) => subnetsOf(state))].toSorted(),
      countUse: async (watched) => countUse(watched, this.flows),
      heard: () => this.heard,
      watchRoutes: async (onChange) => {
        this.#watches.add(onChange)
        return () => void this.#watches.delete(onChange)
      },
      close: () => undefined,
    }
  }

  #act(tag: string, step: Step, config: KernelConfig | undefined): void {
    this.beforeStep(step)
    this.#states.set(tag, applyStep(this.state(tag), step, config))
  }

  #ports(tag: string, state: KernelState): PortKnowledge {
    const otherOwner = (port: HostPort) => {
      if (this.boundPorts.has(port)) return 'a program of this machine'
      const node = this.#others(tag).find(([, other]) => portsInKernel(other.tables).has(port))
      return node && `node ${node[0]} on this machine`
    }
    return { current: portsInKernel(state.tables), otherOwner }
  }

  #others(tag: string): readonly (readonly [string, KernelState])[] {
    return [...this.#states].filter(([other, state]) => other !== tag && state.tables.some(({ name }) => name === tableName(other)))
  }
}

/** The bridge's prefixes are the routes without a next hop that are no single address. */
function subnetsOf({ routes }: KernelState): readonly string[] {
  return routes.flatMap(({ to, via, encap }) => (via === undefined && encap === undefined && !/\/(32|128)$/.test(to) ? [to] : []))
}
