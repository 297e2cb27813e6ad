import type { OakClient } from '../../client/client.ts'
import type { ServiceView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { type Options, printResult, type WaitingOptions } from '../options.ts'
import { findService } from '../resolve.ts'
import { waitForService } from '../wait.ts'

export interface DeployOptions extends WaitingOptions {
  readonly all?: boolean
  readonly count: number
}

export async function deployServices(context: CliContext, words: readonly string[], options: Options<DeployOptions>): Promise<void> {
  const client = await openClient(context, options)
  const services = await chosen(client, words, options)
  for (const service of services) await addInstances(context, client, service, options.count)
  const result: ServiceView[] = []
  for (const service of services) result.push(await settled(context, client, service, options))
  printResult(context, options.json, result, () => [])
  if (!options.wait) context.output.talk(`See how far they are with: oak service list`)
}

/** Asks for instances one by one, as the API counts them; says what is on its way, for it does not run yet. */
export async function addInstances(context: CliContext, client: OakClient, service: ServiceView, count: number): Promise<void> {
  for (let added = 0; added < count; added += 1) await client.deploy(service.microserviceID)
  context.output.talk(`Asked for ${count === 1 ? 'an instance' : `${count} instances`} of ${service.microservice_name}.`)
}

export function settled(context: CliContext, client: OakClient, service: ServiceView, options: WaitingOptions): Promise<ServiceView> {
  if (!options.wait) return client.service(service.microserviceID)
  return waitForService({ ...context, client, timeoutMs: options.timeout }, service)
}

async function chosen(client: OakClient, words: readonly string[], options: DeployOptions): Promise<readonly ServiceView[]> {
  if (options.all && words.length > 0) throw new CliFailure(EXIT.usage, 'name services or say --all, not both')
  if (options.all) return client.services()
  if (words.length === 0)
    throw new CliFailure(EXIT.usage, 'no service was named', 'name one, or deploy an instance of every one with --all')
  const found: ServiceView[] = []
  for (const word of words) found.push(await findService(client, word))
  return found
}
