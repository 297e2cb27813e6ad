import { type CliContext, openClient } from '../context.ts'
import { type Options, printResult } from '../options.ts'

/** The token alone is the result, so that a script can pass it on; what to do with it is talk. */
export async function clusterJoinToken(context: CliContext, name: string, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const token = await client.clusterJoinToken(name)
  printResult(context, options.json, { token }, () => [token])
  context.output.talk(`On the cluster's machine: oak cluster --detach --cluster-name ${name} --join TOKEN`)
}
