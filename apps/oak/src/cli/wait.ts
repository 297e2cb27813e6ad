import type { Clock } from '@oakestra/base'
import type { OakClient } from '../client/client.ts'
import type { CandidateView, InstanceView, ServiceView } from '../client/types.ts'
import { Arrival, hasArrived } from './arrival.ts'
import { CliFailure, EXIT } from './failure.ts'
import type { Output } from './output.ts'
import { startStep } from './progress.ts'
import { applicationNameOf } from './resolve.ts'

// Quick at first, since most instances run within a fifth of a second; slower when an image is pulled.
const POLL_MS_FIRST = 50
const POLL_MS_MAX = 1_000

export interface WaitDeps {
  readonly client: OakClient
  readonly output: Output
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/**
 * Follows the instances of one service until all run or have completed.
 * @throws CliFailure `refused` with a reason for each candidate, `failure`, `timedOut`
 */
export async function waitForService(deps: WaitDeps, service: ServiceView): Promise<ServiceView> {
  const name = service.microservice_name
  const step = startStep(deps.output, deps.clock, `Waiting for ${name}`)
  try {
    const arrived = await pollService(deps, service, (text) => step.update(text))
    step.done(summaryOf(arrived))
    return arrived
  } catch (thrown) {
    step.fail()
    throw thrown
  }
}

async function pollService(deps: WaitDeps, service: ServiceView, show: (text: string) => void): Promise<ServiceView> {
  const deadlineMs = deps.clock.monotonicMs() + deps.timeoutMs
  const arrival = new Arrival()
  let delayMs = POLL_MS_FIRST
  for (;;) {
    const now = await deps.client.service(service.microserviceID)
    const verdict = arrival.judge(now.instance_list ?? [], deps.clock.monotonicMs())
    if (verdict.kind === 'arrived') return now
    if (verdict.kind === 'failed' || verdict.kind === 'keeps-ending') throw failureOf(now, verdict.instance)
    const isLast = deps.clock.monotonicMs() + delayMs > deadlineMs
    if (verdict.kind === 'refused' && (verdict.isFinal || isLast)) throw refusalOf(now, verdict.instance)
    const text = summaryOf(now)
    show(text)
    if (isLast) throw timedOut(deps, now, text)
    await deps.clock.sleep(delayMs, deps.signal)
    delayMs = Math.min(POLL_MS_MAX, delayMs * 1.5)
  }
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

/** A name that works in a command whatever other applications call their services. */
function qualifiedName(service: ServiceView): string {
  const application = applicationNameOf(service)
  return application ? `${application}.${service.microservice_name}` : service.microservice_name
}

/** Why each candidate was turned down, one line each. */
export function candidateLines(candidates: readonly CandidateView[] | undefined): string {
  return (candidates ?? []).map((candidate) => `\n  ${candidate.name}: ${candidate.reasons.join('; ')}`).join('')
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
