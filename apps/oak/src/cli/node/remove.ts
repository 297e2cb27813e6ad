import { type CliContext, openClient } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { follow } from '../follow.ts'
import { confirm, type Options } from '../options.ts'
import { findNode } from '../resolve.ts'

export interface RemoveOptions {
  readonly yes?: boolean
  readonly wait?: boolean
  readonly timeout: number
}

/** Takes a node out of its cluster for good: its instances go elsewhere, its certificate is refused. */
export async function removeNode(context: CliContext, word: string, options: Options<RemoveOptions>): Promise<void> {
  const client = await openClient(context, options)
  const node = await findNode(client, word)
  const instances = node.instances ? ` and moves its ${node.instances} instance(s) to other nodes` : ''
  await confirm(context, options.yes, `This removes the node ${node.name} from ${node.cluster_name ?? 'its cluster'}${instances}.`)
  await client.removeNode(node.cluster_id, node.id)
  if (options.wait)
    await untilGone(context, options.timeout, node.name, async () => (await client.nodes()).find(({ id }) => id === node.id))
  context.output.talk(
    options.wait ? `Removed ${node.name}.` : `${node.name} is being removed. It is gone when "oak node list" no longer shows it.`,
  )
  context.output.talk('Clear its machine with: oak clean')
}

/** Follows something until it is not listed any more. */
export function untilGone(
  context: CliContext,
  timeoutMs: number,
  name: string,
  find: () => Promise<{ readonly instances?: number } | undefined>,
): Promise<void> {
  return follow(
    { ...context, timeoutMs },
    {
      title: `Removing ${name}`,
      look: async () => {
        const now = await find()
        if (!now) return { there: undefined, summary: 'gone' }
        return { waiting: now.instances ? `${now.instances} instance(s) left` : 'the rest of it' }
      },
      timedOut: (text) =>
        new CliFailure(
          EXIT.timedOut,
          `${name} is not gone after ${timeoutMs / 1000} s (${text})`,
          'it goes on; see why with: oak service list',
        ),
    },
  )
}
