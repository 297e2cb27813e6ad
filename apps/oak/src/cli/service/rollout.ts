import type { OakClient } from '../../client/client.ts'
import type { RolloutView, ServiceView } from '../../client/types.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { type FollowDeps, follow, type Look } from '../follow.ts'
import { qualifiedName } from '../resolve.ts'
import { summaryOf } from '../wait.ts'

/**
 * Follows the change of a service to a revision until it is done.
 * @throws CliFailure `failure` with the reason when it failed, also when it was taken back; `timedOut`
 */
export function followRollout(
  deps: FollowDeps & { readonly client: OakClient },
  service: ServiceView,
  revision: number,
): Promise<ServiceView> {
  const name = service.microservice_name
  return follow(deps, {
    title: `Updating ${name} to revision ${revision}`,
    look: async () => lookAt(await deps.client.service(service.microserviceID), revision),
    timedOut: (text) =>
      new CliFailure(
        EXIT.timedOut,
        `${name} is not at revision ${revision} after ${deps.timeoutMs / 1000} s (${text})`,
        `it goes on; look again with: oak service inspect ${qualifiedName(service)}`,
      ),
  })
}

function lookAt(now: ServiceView, revision: number): Look<ServiceView> {
  const { rollout } = now
  if (!rollout || rollout.state === 'rolling') return { waiting: rollout?.detail || summaryOf(now) }
  if (rollout.state === 'done' && rollout.to_revision === revision) return { there: now, summary: summaryOf(now) }
  throw failureOf(now, rollout, revision)
}

function failureOf(service: ServiceView, rollout: RolloutView, revision: number): CliFailure {
  const name = service.microservice_name
  const hint = `see what it was with: oak service history ${qualifiedName(service)}`
  if (rollout.state === 'done') return new CliFailure(EXIT.failure, `${name} was changed again, to revision ${rollout.to_revision}`, hint)
  const end = rollout.state === 'rolled-back' ? '; it runs again what it ran before' : ''
  return new CliFailure(
    EXIT.failure,
    `${name} was not brought to revision ${revision}: ${rollout.detail || 'no reason was given'}${end}`,
    hint,
  )
}

/** One line for people about the last change. */
export function rolloutText({ rollout }: ServiceView): string | undefined {
  if (!rollout) return undefined
  return `${rollout.from_revision} -> ${rollout.to_revision}, ${rollout.state}${rollout.detail ? `: ${rollout.detail}` : ''}`
}
