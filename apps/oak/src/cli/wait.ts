import type { OakClient } from '../client/client.ts'
import type { InstanceView, ServiceView } from '../client/types.ts'
import { Arrival, hasArrived } from './arrival.ts'
import { CliFailure, EXIT } from './failure.ts'
import { type FollowDeps, follow, type Look } from './follow.ts'
import { candidateLines } from './reasons.ts'
import { qualifiedName } from './resolve.ts'

export interface WaitDeps extends FollowDeps {
  readonly client: OakClient
}

/**
 * Follows the instances of one service until all run or have completed.
 * @param wanted how many there shall be, where that is known
 * @throws CliFailure `refused` with a reason for each candidate, `failure`, `timedOut`
 */
export function waitForService(deps: WaitDeps, service: ServiceView, wanted?: number): Promise<ServiceView> {
  const arrival = new Arrival()
  return follow(deps, {
    title: `Waiting for ${service.microservice_name}`,
    look: async (isLast) => judged(await deps.client.service(service.microserviceID), wanted, arrival, deps.clock.monotonicMs(), isLast),
    timedOut: (text) => timedOut(deps, service, text),
  })
}

function judged(now: ServiceView, wanted: number | undefined, arrival: Arrival, nowMs: number, isLast: boolean): Look<ServiceView> {
  const instances = now.instance_list ?? []
  const summary = summaryOf(now)
  const isComplete = wanted === undefined || instances.length === wanted
  if (wanted === 0 && isComplete) return { there: now, summary }
  const verdict = arrival.judge(instances, nowMs)
  if (verdict.kind === 'failed' || verdict.kind === 'keeps-ending') throw failureOf(now, verdict.instance)
  if (verdict.kind === 'refused' && (verdict.isFinal || isLast)) throw refusalOf(now, verdict.instance)
  if (verdict.kind === 'arrived' && isComplete) return { there: now, summary }
  return { waiting: isComplete ? summary : `${instances.length} of ${wanted} asked for: ${summary}` }
}

function failureOf(service: ServiceView, instance: InstanceView): CliFailure {
  const what = instance.status === 'FAILED' ? 'failed' : 'keeps ending'
  const message = `${service.microservice_name} ${instance.instance_number} ${what}: ${reasonOf(service, instance)}`
  // What never ran has printed nothing.
  const verb = typeof instance.exit_code === 'number' ? 'logs' : 'inspect'
  return new CliFailure(EXIT.failure, message, `see more with: oak service ${verb} ${qualifiedName(service)} ${instance.instance_number}`)
}

function refusalOf(service: ServiceView, instance: InstanceView): CliFailure {
  const reason = reasonOf(service, instance)
  const message = `there is no place for ${service.microservice_name} ${instance.instance_number} (${instance.status}): ${reason}${candidateLines(instance.candidates)}`
  const withdraw = `oak service undeploy ${qualifiedName(service)} ${instance.instance_number}`
  return new CliFailure(EXIT.refused, message, `it stays requested and starts as soon as there is room; withdraw it with: ${withdraw}`)
}

function reasonOf(service: ServiceView, instance: InstanceView): string {
  return instance.status_detail || service.status_detail || 'no reason was given'
}

function timedOut(deps: WaitDeps, service: ServiceView, text: string): CliFailure {
  const message = `${service.microservice_name} does not run after ${deps.timeoutMs / 1000} s (${text})`
  return new CliFailure(EXIT.timedOut, message, `look again with: oak service inspect ${qualifiedName(service)}`)
}

/** `2 RUNNING, 1 CREATING: pulling image 40 %`. */
export function summaryOf(service: ServiceView): string {
  const instances = service.instance_list ?? []
  if (instances.length === 0) return 'no instances'
  const counts = new Map<string, number>()
  for (const { status } of instances) counts.set(status, (counts.get(status) ?? 0) + 1)
  const words = [...counts].map(([status, count]) => (instances.length === 1 ? status : `${count} ${status}`)).join(', ')
  const detail = instances.find((instance) => !hasArrived(instance))?.status_detail
  return detail ? `${words}: ${detail}` : words
}
