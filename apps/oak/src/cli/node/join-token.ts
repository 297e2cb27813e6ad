import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'
import { findCluster } from '../resolve.ts'

/** The token alone is the result; what to do with it is talk. */
export async function nodeJoinToken(context: CliContext, word: string, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const cluster = await findCluster(client, word)
  const token = await client.nodeJoinToken(cluster._id)
  printResult(context, options.json, { token }, () => [token])
  context.output.talk('On the node: oak node --detach --join TOKEN')
}
