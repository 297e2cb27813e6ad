import { type CliContext, openClient } from '../context.ts'
import type { Options } from '../options.ts'
import { findService } from '../resolve.ts'

export interface PublishOptions {
  readonly port: readonly string[]
  readonly host?: string
  readonly nodes?: readonly string[]
}

// Names of nodes hold none. Root says what is wrong with either: to check here would load all that knows descriptors.
const isLabel = (text: string) => text.includes('=')

/** Takes the place of what was said before. */
export async function publishService(context: CliContext, word: string, options: Options<PublishOptions>): Promise<void> {
  const client = await openClient(context, options)
  const { microserviceID: id, microservice_name: name } = await findService(client, word)
  const { port, host, nodes = [] } = options
  const labels = nodes.filter(isLabel)
  const names = nodes.filter((node) => !isLabel(node))
  await client.setGateway(id, {
    ports: port.join(';'),
    ...(host !== undefined && { host }),
    ...(names.length > 0 && { nodes: names }),
    ...(labels.length > 0 && { labels }),
  })
  const where = nodes.length > 0 ? nodes.join(', ') : 'every node'
  context.output.talk(`${name} is published at ${port.join(', ')} of ${where}${host === undefined ? '' : `, for ${host}`}.`)
}

export async function unpublishService(context: CliContext, word: string, options: Options): Promise<void> {
  const client = await openClient(context, options)
  const { microserviceID: id, microservice_name: name } = await findService(client, word)
  await client.setGateway(id, null)
  context.output.talk(`${name} is published at no node. Ports of its instances stay as they are.`)
}
