import type { OakClient } from '../../client/client.ts'
import type { ServiceView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { confirm, type Options, type WaitingOptions } from '../options.ts'
import { findService } from '../resolve.ts'
import { waitForService } from '../wait.ts'
import { addInstances, settled } from './deploy.ts'
import { numbersOf, removeInstances } from './undeploy.ts'

export type ScaleOptions = Options<WaitingOptions & { readonly yes?: boolean }>

/** `SERVICE 3` says how many there shall be; `up SERVICE 3` and `down SERVICE 3`, as older command lines write it, by how many. */
export async function scaleService(context: CliContext, words: readonly string[], options: ScaleOptions): Promise<void> {
  const [first = '', second = '', third] = words
  if (third === undefined) return scaleTo(context, first, second, options)
  if (first !== 'up' && first !== 'down')
    throw new CliFailure(
      EXIT.usage,
      `"${first}" is no direction`,
      'write: oak service scale SERVICE NUMBER, or: oak service scale up SERVICE NUMBER',
    )
  return scaleBy(context, first, second, countOf(third, 1), options)
}

/** `none` gives the declared number up: what runs stays, and from then on counts what is asked for one by one. */
async function scaleTo(context: CliContext, word: string, count: string, options: ScaleOptions): Promise<void> {
  const replicas = count === 'none' ? null : countOf(count, 0)
  const client = await openClient(context, options)
  const service = await client.service((await findService(client, word)).microserviceID)
  const name = service.microservice_name
  const present = numbersOf(service).length
  if (replicas === 0 && present > 0) await confirm(context, options.yes, `This ends ${present} instance(s) of ${name}.`)
  await client.setReplicas(service.microserviceID, replicas)
  if (replicas === null) return context.output.talk(`${name} has as many instances as are asked for one by one, now ${present}.`)
  context.output.talk(`There shall be ${replicas} instance(s) of ${name}, now there are ${present}.`)
  if (options.wait) await waitForService({ ...context, client, timeoutMs: options.timeout }, service, replicas)
}

async function scaleBy(context: CliContext, direction: 'up' | 'down', word: string, count: number, options: ScaleOptions): Promise<void> {
  const client = await openClient(context, options)
  const service = await client.service((await findService(client, word)).microserviceID)
  if (direction === 'down') return endYoungest(context, client, service, count)
  await addInstances(context, client, service, count)
  await settled(context, client, service, options)
}

/** The youngest go first: what has run longest has proven itself (`reference/experience.md` 7.3, scenario 10). */
async function endYoungest(context: CliContext, client: OakClient, service: ServiceView, count: number): Promise<void> {
  const numbers = numbersOf(service)
  if (count > numbers.length) throw new CliFailure(EXIT.usage, `${service.microservice_name} has only ${numbers.length} instance(s)`)
  const youngest = [...numbers].sort((a, b) => b - a).slice(0, count)
  await removeInstances(context, client, service, youngest)
}

function countOf(text: string, min: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && text.trim() !== '') return value
  throw new CliFailure(
    EXIT.usage,
    `"${text}" is no number of instances`,
    `write a whole number of at least ${min}${min === 0 ? ', or none' : ''}`,
  )
}
