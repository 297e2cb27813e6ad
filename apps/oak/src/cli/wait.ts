import type { Clock } from '@oakestra/base'
import type { OakClient } from '../client/client.ts'
import type { CandidateView, InstanceView, ServiceView } from '../client/types.ts'
import { CliFailure, EXIT } from './failure.ts'
import type { Output } from './output.ts'
import { startStep } from './progress.ts'

const ARRIVED: ReadonlySet<string> = new Set(['RUNNING', 'COMPLETED'])

/** Words for "no place": `reference/experience.md` 1.10. */
const REFUSED: ReadonlySet<string> = new Set([
  'TargetClusterNotFound',
  'TargetClusterNotActive',
  'TargetClusterNoCapacity',
  'NoActiveClusterWithCapacity',
  'NO_WORKER_CAPACITY',
  'NO_QUALIFIED_WORKER_FOUND',
  'NO_NODE_FOUND',
])

// Quick at first, since most instances run within a fifth of a second; slower when an image is pulled.
const POLL_MS_FIRST = 50
const POLL_MS_MAX = 1_000

// What was just withdrawn holds its room until it has ended, for which a node allows ten seconds; a refusal that stays longer is an answer.
const REFUSAL_GRACE_MS = 12_000

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
  let delayMs = POLL_MS_FIRST
  let refusedSinceMs: number | undefined
  for (;;) {
    const now = await deps.client.service(service.microserviceID)
    const instances = now.instance_list ?? []
    const failed = instances.find((instance) => instance.status === 'FAILED')
    const refused = instances.find((instance) => REFUSED.has(instance.status))
    refusedSinceMs = refused ? (refusedSinceMs ?? deps.clock.monotonicMs()) : undefined
    const isFinal = refusedSinceMs !== undefined && deps.clock.monotonicMs() - refusedSinceMs >= Math.min(REFUSAL_GRACE_MS, deps.timeoutMs)
    if (failed) throw failureOf(now, failed)
    if (refused && isFinal) throw failureOf(now, refused)
    if (instances.length > 0 && instances.every((instance) => ARRIVED.has(instance.status))) return now
    const text = summaryOf(now)
    show(text)
    if (deps.clock.monotonicMs() + delayMs > deadlineMs) throw timedOut(deps, now, text)
    await deps.clock.sleep(delayMs, deps.signal)
    delayMs = Math.min(POLL_MS_MAX, delayMs * 1.5)
  }
}

function failureOf(service: ServiceView, instance: InstanceView): CliFailure {
  const name = `${service.microservice_name} ${instance.instance_number}`
  const detail = instance.status_detail || service.status_detail || 'no reason was given'
  if (instance.status === 'FAILED') {
    return new CliFailure(EXIT.failure, `${name} failed: ${detail}`, `see what it printed with: oak service logs ${name}`)
  }
  const message = `there is no place for ${name} (${instance.status}): ${detail}${candidateLines(instance.candidates)}`
  return new CliFailure(
    EXIT.refused,
    message,
    'it stays requested and starts as soon as there is room; withdraw it with: oak service undeploy ' + name,
  )
}

/** Why each candidate was turned down, one line each. */
export function candidateLines(candidates: readonly CandidateView[] | undefined): string {
  return (candidates ?? []).map((candidate) => `\n  ${candidate.name}: ${candidate.reasons.join('; ')}`).join('')
}

function timedOut(deps: WaitDeps, service: ServiceView, text: string): CliFailure {
  const message = `${service.microservice_name} does not run after ${deps.timeoutMs / 1000} s (${text})`
  return new CliFailure(EXIT.timedOut, message, `look again with: oak service inspect ${service.microservice_name}`)
}

/** `2 RUNNING, 1 CREATING: pulling image 40 %`. */
export function summaryOf(service: ServiceView): string {
  const instances = service.instance_list ?? []
  if (instances.length === 0) return 'no instances'
  const counts = new Map<string, number>()
  for (const { status } of instances) counts.set(status, (counts.get(status) ?? 0) + 1)
  const words = [...counts].map(([status, count]) => (instances.length === 1 ? status : `${count} ${status}`)).join(', ')
  const detail = instances.find((instance) => !ARRIVED.has(instance.status))?.status_detail
  return detail ? `${words}: ${detail}` : words
}
