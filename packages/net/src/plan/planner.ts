import { OakError } from '@oakestra/base'
import { checkServices } from './canonical-service.ts'
import { diffKernel } from './diff-kernel.ts'
import { lostTargets } from './flows.ts'
import { stateOf } from './kernel-state.ts'
import { Plan } from './plan.ts'
import type { Frame } from './plan-context.ts'
import { frameOf, ownersIn } from './plan-frame.ts'
import { contextOf } from './plan-network.ts'
import { isSameFrame, type PlanSource } from './same-frame.ts'
import { type ServiceChange, ServiceIndex } from './service-index.ts'
import type { Step } from './step.ts'

/** A plan, and how it comes about from the one before it. */
export interface PlannedChange {
  readonly plan: Plan
  /**
   * The steps from a kernel that holds a plan, the same as by comparing both as a whole. `undefined` when that was not the plan before, or
   * when services that are as before are to be led otherwise.
   */
  readonly stepsFrom: (held: Plan) => readonly Step[] | undefined
}

/**
 * Plans one input after the other, in proportion to what changes. What a service has in the kernel follows from it alone and from a few
 * names of the node, so two plans need not be compared in the services that they have in common: the steps between them are those
 * between two small plans, one with the services that went and one with those that came, each in the frame of everything else.
 * `planNetwork` is the definition, and is asked wherever this cannot tell.
 */
export class Planner {
  #index = new ServiceIndex()
  #last: Plan | undefined

  /** @throws OakError as `planNetwork` */
  plan(source: PlanSource): PlannedChange {
    const before = this.#last
    // Until the next is known to be right, nothing can follow from it.
    this.#last = undefined
    const next = before && this.#next(before, source)
    const plan = next?.plan ?? this.#anew(source)
    this.#last = plan
    return { plan, stepsFrom: (held) => (next && held === before ? stepsBetween(held, plan, next.change) : undefined) }
  }

  /** `undefined` for an input that contradicts itself: whoever plans anew says in what. */
  #next(before: Plan, source: PlanSource): { readonly plan: Plan; readonly change: ServiceChange } | undefined {
    const { input, machine } = source
    try {
      const change = this.#index.follow(input.services)
      checkServices(change.came, input.services.length)
      const frame = isSameFrame(before, source) ? before.frame : frameOf(input, machine, (address) => this.#index.at(address))
      this.#checkOwners(frame)
      return { plan: new Plan(source, frame, this.#index), change }
    } catch (thrown) {
      if (thrown instanceof OakError) return undefined
      throw thrown
    }
  }

  #checkOwners(frame: Frame): void {
    for (const what of ownersIn(frame).keys()) {
      if (this.#index.at(what)) throw new OakError('conflict', `${what} is the address of a service, too`)
    }
  }

  #anew(source: PlanSource): Plan {
    const { frame } = contextOf(source.input, source.machine)
    this.#index = new ServiceIndex()
    this.#index.follow(source.input.services)
    return new Plan(source, frame, this.#index)
  }
}

function stepsBetween(before: Plan, after: Plan, { came, went }: ServiceChange): readonly Step[] | undefined {
  if (before.frame === after.frame && came.length + went.length === 0) return []
  if (!leadsServicesAlike(before.frame, after.frame)) return undefined
  const [left, next] = [before.configWith(went), after.configWith(came)]
  return diffKernel({ tag: after.tag, state: stateOf(left), config: next, cutFlows: lostTargets(left.flows, next.flows) })
}

/** What service parts depend on beside the service. */
function leadsServicesAlike(a: Frame, b: Frame): boolean {
  return a.tag === b.tag && a.gateway.v4 === b.gateway.v4 && a.gateway.v6 === b.gateway.v6 && a.asksForUnknown === b.asksForUnknown
}
