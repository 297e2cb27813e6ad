import type { OakClient } from '../../client/client.ts'
import type { UnclaimedView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { CliFailure, EXIT, toFailure } from '../failure.ts'
import { confirm, type Options, printResult } from '../options.ts'
import { renderTable } from '../table.ts'

export interface WhichOptions {
  readonly all?: boolean
  readonly yes?: boolean
}

/** Lists what clusters run and nobody is known to want, since root was restored from a backup or replaced. */
export async function listUnclaimed(context: CliContext, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const found = await client.unclaimed()
  printResult(context, options.json, found, () => {
    if (found.length === 0) context.output.talk('Everything that runs is known.')
    return renderTable(found, [
      { title: 'INSTANCE ID', value: (row) => row.instance_id },
      { title: 'SERVICE', value: (row) => row.job_name },
      { title: 'NUMBER', value: (row) => row.instance_number },
      { title: 'IMAGE', value: (row) => row.image },
      { title: 'CLUSTER', value: (row) => row.cluster_name },
      { title: 'SINCE', value: (row) => row.since && new Date(row.since * 1000).toISOString() },
      { title: 'REASON', value: (row) => row.reason },
    ])
  })
}

/** Makes unclaimed instances those of their services again. */
export async function adoptUnclaimed(context: CliContext, word: string | undefined, options: Options<WhichOptions>): Promise<void> {
  const client = await openClient(context, options)
  const which = await chosen(client, word, options)
  await forEach(context, which, 'Adopted', ({ cluster_id, instance_id }) => client.adoptUnclaimed(cluster_id, instance_id))
}

/** Ends unclaimed instances. */
export async function dropUnclaimed(context: CliContext, word: string | undefined, options: Options<WhichOptions>): Promise<void> {
  const client = await openClient(context, options)
  const which = await chosen(client, word, options)
  if (which.length > 0) await confirm(context, options.yes, `This ends ${which.map(nameOf).join(', ')}.`)
  await forEach(context, which, 'Dropped', ({ cluster_id, instance_id }) => client.dropUnclaimed(cluster_id, instance_id))
}

async function chosen(client: OakClient, word: string | undefined, { all }: WhichOptions): Promise<readonly UnclaimedView[]> {
  if ((word === undefined) !== (all === true)) throw new CliFailure(EXIT.usage, 'name one instance, or say --all')
  const found = await client.unclaimed()
  if (word === undefined) return found
  const matching = found.filter((each) => each.instance_id === word || nameOf(each) === word)
  if (matching.length === 1) return matching
  const what = matching.length === 0 ? 'no unclaimed instance' : `more than one unclaimed instance: use the id of the one that you mean;`
  throw new CliFailure(EXIT.notFound, `there is ${what} ${word}`, 'list them with: oak cluster unclaimed')
}

/** What is refused, such as one whose name is taken, holds up no other. */
async function forEach(
  context: CliContext,
  which: readonly UnclaimedView[],
  done: string,
  act: (each: UnclaimedView) => Promise<void>,
): Promise<void> {
  if (which.length === 0) context.output.talk('Everything that runs is known.')
  let failed: CliFailure | undefined
  for (const each of which) {
    try {
      await act(each)
      context.output.talk(`${done} ${nameOf(each)} on ${each.cluster_name ?? each.cluster_id}.`)
    } catch (thrown) {
      const failure = toFailure(thrown)
      if (which.length === 1) throw failure
      context.output.talk(`${nameOf(each)}: ${failure.message}`)
      failed ??= failure
    }
  }
  if (failed) throw failed
}

/** Unique among services that have a name of their own. */
function nameOf({ job_name, instance_number }: UnclaimedView): string {
  return `${job_name}.${instance_number}`
}
