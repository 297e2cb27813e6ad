import type { CliContext } from '../context.ts'
import { openClient } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import type { Options, WaitingOptions } from '../options.ts'
import { findService } from '../resolve.ts'
import { addInstances, settled } from './deploy.ts'
import { numbersOf, removeInstances } from './undeploy.ts'

export async function scaleService(
  context: CliContext,
  direction: 'up' | 'down',
  word: string,
  count: number,
  options: Options<WaitingOptions>,
): Promise<void> {
  const client = await openClient(context, options)
  const service = await client.service((await findService(client, word)).microserviceID)
  if (direction === 'up') {
    await addInstances(context, client, service, count)
    await settled(context, client, service, options)
    return
  }
  const numbers = numbersOf(service)
  if (count > numbers.length) throw new CliFailure(EXIT.usage, `${service.microservice_name} has only ${numbers.length} instance(s)`)
  // The youngest go first: what has run longest has proven itself (`reference/experience.md` 7.3, scenario 10).
  const youngest = [...numbers].sort((a, b) => b - a).slice(0, count)
  await removeInstances(context, client, service, youngest)
}
