import type { OakClient } from '../../client/client.ts'
import type { ServiceView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { confirm, type Options } from '../options.ts'
import { findInstance, findService } from '../resolve.ts'

export async function undeployService(
  context: CliContext,
  word: string,
  number: number | undefined,
  options: Options<{ readonly yes?: boolean }>,
): Promise<void> {
  const client = await openClient(context, options)
  const service = await client.service((await findService(client, word)).microserviceID)
  const numbers = number === undefined ? numbersOf(service) : [findInstance(service, number).instance_number]
  if (numbers.length === 0) return context.output.talk(`${service.microservice_name} has no instance.`)
  if (number === undefined) await confirm(context, options.yes, `This ends ${numbers.length} instance(s) of ${service.microservice_name}.`)
  await removeInstances(context, client, service, numbers)
}

export async function removeInstances(
  context: CliContext,
  client: OakClient,
  service: ServiceView,
  numbers: readonly number[],
): Promise<void> {
  for (const number of numbers) {
    await client.undeploy(service.microserviceID, number)
    context.output.talk(`Withdrew ${service.microservice_name} ${number}.`)
  }
}

export function numbersOf(service: ServiceView): readonly number[] {
  return (service.instance_list ?? []).filter((instance) => instance.status !== 'UNDEPLOYED').map((instance) => instance.instance_number)
}
