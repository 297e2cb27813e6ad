import type { OakClient } from '../../client/client.ts'
import type { ChangedView, ServiceView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { printNotes, readDescriptor } from '../descriptor.ts'
import { type Options, printResult, type WaitingOptions } from '../options.ts'
import { findService, qualifiedName } from '../resolve.ts'
import { diffDescriptor, diffLines } from './descriptor-diff.ts'
import { serviceDocument } from './descriptor-file.ts'
import { followRollout } from './rollout.ts'

export interface UpdateOptions extends WaitingOptions {
  readonly file: string
  readonly dryRun?: boolean
}

/** Shows what a descriptor changes of a service, and starts that change. */
export async function updateService(context: CliContext, word: string, options: Options<UpdateOptions>): Promise<void> {
  const descriptor = readDescriptor(options.file)
  const client = await openClient(context, options)
  const present = await client.service((await findService(client, word)).microserviceID)
  const next = serviceDocument(descriptor, present, options.file === '-' ? 'standard input' : options.file)
  const differences = diffDescriptor(present, next)
  showDifferences(context, diffLines(differences))
  if (options.dryRun) return printResult(context, options.json, differences, () => [])
  const changed = await client.updateService(present.microserviceID, next)
  printNotes(context, changed.notes)
  await finish(context, client, present, changed, options)
}

export async function rollBackService(
  context: CliContext,
  word: string,
  options: Options<WaitingOptions & { readonly revision?: number }>,
): Promise<void> {
  const client = await openClient(context, options)
  const service = await findService(client, word)
  const changed = await client.rollBack(service.microserviceID, options.revision)
  await finish(context, client, service, changed, options)
}

async function finish(
  context: CliContext,
  client: OakClient,
  { microserviceID: id, microservice_name: name }: ServiceView,
  changed: ChangedView,
  options: Options<WaitingOptions>,
): Promise<void> {
  const started = await client.service(id)
  const { rollout } = started
  const revision = changed.revision ?? started.revision
  const isRolling = rollout?.state === 'rolling' && rollout.to_revision === revision
  if (options.wait && isRolling) {
    const arrived = await followRollout({ ...context, client, timeoutMs: options.timeout }, started, rollout.to_revision)
    return printResult(context, options.json, arrived, () => [])
  }
  printResult(context, options.json, started, () => [])
  const next = `See how far it is with: oak service inspect ${qualifiedName(started)}`
  context.output.talk(
    isRolling ? `${name} changes to revision ${revision}. ${next}` : `${name} is changed; no instance has to be replaced.`,
  )
}

function showDifferences(context: CliContext, lines: readonly string[]): void {
  const { output } = context
  if (lines.length === 0) output.talk('Nothing differs from what is wanted now.')
  for (const line of lines) output.talk(line.startsWith('-') ? output.paintTalk.red(line) : output.paintTalk.green(line))
}
