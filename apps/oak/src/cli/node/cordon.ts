import { type CliContext, openClient } from '../context.ts'
import type { Options } from '../options.ts'
import { findNode } from '../resolve.ts'

export async function cordonNode(context: CliContext, word: string, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const node = await findNode(client, word)
  await client.changeNode(node.cluster_id, node.id, { cordoned: true })
  context.output.talk(`${node.name} gets no new instances; what it has stays. Move that with: oak node drain ${node.name}`)
}

/** Ends a drain, too. */
export async function uncordonNode(context: CliContext, word: string, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const node = await findNode(client, word)
  await client.changeNode(node.cluster_id, node.id, { cordoned: false, draining: false })
  context.output.talk(`${node.name} gets new instances again.`)
}
