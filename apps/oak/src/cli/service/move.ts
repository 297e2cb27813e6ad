import type { MoveTarget, OakClient } from '../../client/client.ts'
import type { InstanceView, ServiceView } from '../../client/types.ts'
import { hasArrived } from '../arrival.ts'
import { type CliContext, openClient } from '../context.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { follow, type Look } from '../follow.ts'
import type { Options, WaitingOptions } from '../options.ts'
import { candidateLines } from '../reasons.ts'
import { findCluster, findInstance, findNode, findService, qualifiedName } from '../resolve.ts'

export interface MoveOptions extends WaitingOptions {
  readonly node?: string
  readonly cluster?: string
}

/** Gives an instance another place: it is ended where it is, and started there. */
export async function moveInstance(
  context: CliContext,
  word: string,
  number: number | undefined,
  options: Options<MoveOptions>,
): Promise<void> {
  const client = await openClient(context, options)
  const service = await client.service((await findService(client, word)).microserviceID)
  const instance = findInstance(service, number)
  const { target, where } = await targetOf(client, instance, options)
  await client.moveInstance(service.microserviceID, instance.instance_number, target)
  const name = `${service.microservice_name} ${instance.instance_number}`
  context.output.talk(`${name} moves to ${where}: it is ended where it is, and then started there.`)
  if (options.wait) await untilMoved(context, client, service, instance, options.timeout)
}

async function targetOf(
  client: OakClient,
  instance: InstanceView,
  options: MoveOptions,
): Promise<{ readonly target: MoveTarget; readonly where: string }> {
  if (options.node !== undefined && options.cluster !== undefined)
    throw new CliFailure(EXIT.usage, 'name a node or a cluster, not both', 'a node may be written cluster.name')
  if (options.cluster !== undefined) {
    const cluster = await findCluster(client, options.cluster)
    return { target: { cluster_id: cluster._id }, where: cluster.cluster_name }
  }
  if (options.node === undefined) return { target: {}, where: 'whichever other place is best' }
  const node = await findNode(client, options.node)
  const isElsewhere = node.cluster_id !== instance.cluster_id
  return { target: { ...(isElsewhere && { cluster_id: node.cluster_id }), node_id: node.id }, where: node.name }
}

function untilMoved(context: CliContext, client: OakClient, service: ServiceView, from: InstanceView, timeoutMs: number): Promise<void> {
  const number = from.instance_number
  const name = `${service.microservice_name} ${number}`
  return follow(
    { ...context, timeoutMs },
    {
      title: `Moving ${name}`,
      look: async () => judged(await client.instance(service.microserviceID, number), from),
      timedOut: (text) =>
        new CliFailure(
          EXIT.timedOut,
          `${name} has not moved after ${timeoutMs / 1000} s (${text})`,
          `look again with: oak service inspect ${qualifiedName(service)} ${number}`,
        ),
    },
  )
}

function judged(now: InstanceView, from: InstanceView): Look<undefined> {
  const where = now.worker_name || now.worker_id
  if (hasArrived(now) && where && now.worker_id !== from.worker_id) return { there: undefined, summary: `${now.status} on ${where}` }
  return {
    waiting: `${now.status}${now.status_detail ? `: ${now.status_detail}` : ''}${candidateLines(now.candidates).replaceAll('\n', ' ')}`,
  }
}
