import type { OakClient } from '../../client/client.ts'
import type { InstanceView, ServiceView } from '../../client/types.ts'
import { hasArrived } from '../arrival.ts'
import { type CliContext, openClient } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { follow, type Look } from '../follow.ts'
import type { Options, WaitingOptions } from '../options.ts'
import { findInstance, findService, qualifiedName } from '../resolve.ts'

export interface RestartOptions extends WaitingOptions {
  readonly reason?: string
}

/**
 * Starts one instance again where it is, or all of a service: those one after the other, each when the one before runs again, so that
 * the service stays reachable.
 */
export async function restartService(
  context: CliContext,
  word: string,
  number: number | undefined,
  options: Options<RestartOptions>,
): Promise<void> {
  const client = await openClient(context, options)
  const service = await client.service((await findService(client, word)).microserviceID)
  const name = service.microservice_name
  const numbers = number === undefined ? restartable(service) : [findInstance(service, number).instance_number]
  if (numbers.length === 0) return context.output.talk(`${name} has no instance that could be started again.`)
  for (const [index, each] of numbers.entries()) {
    const asked = await client.restartInstance(service.microserviceID, each, options.reason)
    context.output.talk(`${name} ${each} is started again where it is.`)
    if (options.wait || index < numbers.length - 1) await untilRestarted(context, client, service, each, asked, options.timeout)
  }
}

/** What has no place, or has run to its end, has nothing to start again: that is no reason to leave out the others. */
function restartable({ instance_list: instances = [] }: ServiceView): readonly number[] {
  const able = instances.filter(({ status, cluster_id }) => status !== 'UNDEPLOYED' && status !== 'COMPLETED' && cluster_id !== '')
  return able.map(({ instance_number }) => instance_number)
}

function untilRestarted(
  context: CliContext,
  client: OakClient,
  service: ServiceView,
  number: number,
  asked: number,
  timeoutMs: number,
): Promise<void> {
  const name = `${service.microservice_name} ${number}`
  return follow(
    { ...context, timeoutMs },
    {
      title: `Restarting ${name}`,
      look: async () => judged(await client.instance(service.microserviceID, number), asked),
      timedOut: (text) =>
        new CliFailure(
          EXIT.timedOut,
          `${name} does not run again after ${timeoutMs / 1000} s (${text})`,
          `look again with: oak service inspect ${qualifiedName(service)} ${number}`,
        ),
    },
  )
}

/** Ready, where that is asked: the next one ends only when this one works. */
function judged(now: InstanceView, asked: number): Look<undefined> {
  const isNew = (now.restarts_asked ?? 0) >= asked
  if (isNew && hasArrived(now) && now.ready !== false) return { there: undefined, summary: `${now.status} on ${now.worker_name}` }
  return { waiting: `${now.status}${now.status_detail ? `: ${now.status_detail}` : ''}` }
}
