import { isId } from '@oakestra/base'
import type { OakClient } from '../../client/client.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { findApplication, findCluster, findNode, findService } from '../resolve.ts'

export interface EventFilterOptions {
  readonly application?: string
  readonly service?: string
  readonly cluster?: string
  readonly node?: string
  readonly kind?: string
  /** How long back, in ms. */
  readonly since?: number
}

/** The same as parameters of root's API. */
export interface EventParameters {
  readonly application?: string
  readonly service?: string
  readonly cluster?: string
  readonly node?: string
  readonly kind?: string
  readonly since?: string
}

/** Names become ids. What is gone has no name any more, but its id still finds its events. */
export async function eventParameters(client: OakClient, options: EventFilterOptions, nowMs: number): Promise<EventParameters> {
  const { application, service, cluster, node, kind, since } = options
  return {
    ...(application && { application: await idOf(application, async (word) => (await findApplication(client, word)).applicationID) }),
    ...(service && { service: await idOf(service, async (word) => (await findService(client, word)).microserviceID) }),
    ...(cluster && { cluster: await idOf(cluster, async (word) => (await findCluster(client, word))._id) }),
    ...(node && { node: await idOf(node, async (word) => (await findNode(client, word)).id) }),
    ...(kind && { kind }),
    ...(since !== undefined && { since: new Date(nowMs - since).toISOString() }),
  }
}

async function idOf(word: string, find: (word: string) => Promise<string>): Promise<string> {
  try {
    return await find(word)
  } catch (thrown) {
    if (thrown instanceof CliFailure && thrown.exitCode === EXIT.notFound && isId(word)) return word
    throw thrown
  }
}
