import type { CliContext } from '../context.ts'
import { readDescriptor } from '../descriptor.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { confirm, type Options, printResult } from '../options.ts'
import { findLocalService } from '../resolve.ts'
import { type LocalOptions, type LocalService, openLocalClient } from './local-client.ts'

const MERGED = 'Root hears of it as soon as it is there: oak local orders'

export async function deployLocally(
  context: CliContext,
  word: string | undefined,
  options: Options<LocalOptions & { readonly file?: string }>,
): Promise<void> {
  const path = options.file ?? word
  if (path === undefined) throw new CliFailure(EXIT.usage, 'no descriptor was named', 'name the file: oak local deploy -f FILE')
  const descriptor = readDescriptor(path)
  const client = await openLocalClient(context, options)
  const made = await client.deploy(descriptor)
  for (const { name, instances } of made) context.output.talk(`${name} has ${instances.length} instance(s) in this cluster.`)
  context.output.talk(MERGED)
  printResult(context, options.json, made, () => made.map(({ id }) => id))
}

export async function scaleLocally(context: CliContext, word: string, replicas: number, options: Options<LocalOptions>): Promise<void> {
  const client = await openLocalClient(context, options)
  const service = findLocalService(await client.services(), word)
  await client.setReplicas(service.id, replicas)
  context.output.talk(
    `There shall be ${replicas} instance(s) of ${service.name} in this cluster, now there are ${countOf(service)}. ${MERGED}`,
  )
}

export type UndeployOptions = Options<LocalOptions & { readonly yes?: boolean }>

export async function undeployLocally(
  context: CliContext,
  word: string,
  number: number | undefined,
  options: UndeployOptions,
): Promise<void> {
  const client = await openLocalClient(context, options)
  const service = findLocalService(await client.services(), word)
  if (number === undefined && countOf(service) > 1) {
    await confirm(context, options.yes, `This ends ${countOf(service)} instance(s) of ${service.name} in this cluster.`)
  }
  await client.undeploy(service.id, number ?? -1)
  const what = number === undefined ? 'All instances' : `Instance ${number}`
  context.output.talk(`${what} of ${service.name} shall end here. ${MERGED}`)
}

/** One instance, since nobody here waits for one before the next. */
export async function restartLocally(context: CliContext, word: string, number: number, options: Options<LocalOptions>): Promise<void> {
  const client = await openLocalClient(context, options)
  const service = findLocalService(await client.services(), word)
  await client.restart(service.id, number)
  context.output.talk(`Instance ${number} of ${service.name} is started again where it is.`)
}

function countOf({ instances }: LocalService): number {
  return instances.filter(({ removed }) => removed === undefined).length
}
