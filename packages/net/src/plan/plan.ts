import type { NetworkInput, ServiceEntry } from '../network.ts'
import { canonicalService } from './canonical-service.ts'
import type { FlowPolicy, HostConfig, KernelConfig, NamespaceConfig, NftTable } from './kernel-config.ts'
import { EMPTY_STATE, type KernelState } from './kernel-state.ts'
import { type Frame, type PlanContext, perFrame } from './plan-context.ts'
import type { MachineFacts } from './plan-frame.ts'
import { configOf, flowsIn, namespacesOf, planFlows, planHost, withServices } from './plan-network.ts'
import { planTables } from './plan-tables.ts'
import type { PlanSource } from './same-frame.ts'
import type { ServiceIndex } from './service-index.ts'

const stateOfPorts = perFrame((frame): KernelState => {
  const tables = bareConfig(frame).tables.map((table) => ({ ...table, chains: [] }))
  return { ...EMPTY_STATE, tables }
})

/** Of no services: the same object for the same frame. */
const bareConfig = perFrame((frame) => configOf(withServices(frame, [])))

/**
 * The plan of an input that was found to have no contradictions. As a configuration it is the whole one of `planNetwork`, each part of
 * which is made when somebody asks for it: for one change among ten thousand services nobody asks for the tables.
 */
export class Plan implements KernelConfig, PlanSource {
  readonly input: NetworkInput
  readonly machine: MachineFacts
  readonly frame: Frame
  readonly #index: Pick<ServiceIndex, 'targetsIn'>
  #context: PlanContext | undefined
  #host: HostConfig | undefined
  #tables: readonly NftTable[] | undefined
  #flows: FlowPolicy | undefined

  constructor({ input, machine }: PlanSource, frame: Frame, index: Pick<ServiceIndex, 'targetsIn'>) {
    this.input = input
    this.machine = machine
    this.frame = frame
    this.#index = index
  }

  /** As much of a kernel that holds this plan as says who has which port of the machine. */
  get stateOfPorts(): KernelState {
    return stateOfPorts(this.frame)
  }

  get tag(): string {
    return this.frame.tag
  }

  get namespaces(): readonly NamespaceConfig[] {
    return namespacesOf(this.frame)
  }

  get host(): HostConfig {
    this.#host ??= planHost(this.#whole())
    return this.#host
  }

  get tables(): readonly NftTable[] {
    this.#tables ??= planTables(this.#whole())
    return this.#tables
  }

  /** To be read before anything else is planned: until then it is that of the index, which is made already. */
  get flows(): FlowPolicy {
    const services = this.#index.targetsIn(this.input.services)
    if (services) return { ...flowsIn(this.frame), services }
    this.#flows ??= planFlows(this.#whole())
    return this.#flows
  }

  /** With only these of its services, which are in canonical text. */
  configWith(services: readonly ServiceEntry[]): KernelConfig {
    return services.length === 0 ? bareConfig(this.frame) : configOf(withServices(this.frame, services))
  }

  #whole(): PlanContext {
    this.#context ??= withServices(this.frame, this.input.services.map(canonicalService))
    return this.#context
  }
}
