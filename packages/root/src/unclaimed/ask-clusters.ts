import { type Logger, toOakError } from '@oakestra/base'
import type { ParentSessions } from '@oakestra/session'
import { type DropInstance, parseWire, UNCLAIMED_MAX, unclaimedSchema } from '@oakestra/wire'
import { z } from 'zod'
import type { UnclaimedInstance } from './unclaimed-instance.ts'

const TIMEOUT_MS = 3_000
const answerSchema = z.array(unclaimedSchema).max(UNCLAIMED_MAX)

/** An instance that a node has, and of which neither its cluster nor this root knows who wants it: the cluster's store is from the past. */
export interface HeldInstance extends UnclaimedInstance {
  readonly nodeId: string
}

/** Asks clusters for what only they know of. */
export interface AskClusters {
  /** Of every cluster that is here; one that does not answer is left out, and the log says so. */
  all(): Promise<readonly HeldInstance[]>
  /** Of one; none when it is not here. @throws OakError what asking throws */
  of(clusterId: string): Promise<readonly HeldInstance[]>
  /** Has it ended there. @throws OakError `not-found`, or what asking throws */
  drop(clusterId: string, instanceId: string): Promise<void>
}

export function createAskClusters(sessions: () => Pick<ParentSessions, 'connected' | 'request'>, logger: Logger): AskClusters {
  const of = async (clusterId: string) => {
    if (!sessions().connected().has(clusterId)) return []
    const answer = await sessions().request(clusterId, 'instances.unclaimed', {}, TIMEOUT_MS)
    const held = parseWire(answerSchema, answer, 'what a cluster has unclaimed')
    return held.map(({ nodeId, sinceMs, spec }): HeldInstance => {
      const { instanceId, serviceId } = spec
      return { instanceId, serviceId, clusterId, nodeId, spec, seenAtMs: sinceMs }
    })
  }
  const orNone = (clusterId: string) =>
    of(clusterId).catch((thrown: unknown) => {
      logger.warn('a cluster did not say what it has unclaimed', { cluster: clusterId, err: toOakError(thrown).message })
      return []
    })
  return {
    of,
    all: async () => (await Promise.all([...sessions().connected()].map(orNone))).flat(),
    async drop(clusterId, instanceId) {
      const params: DropInstance = { instanceId }
      await sessions().request(clusterId, 'instances.drop', params, TIMEOUT_MS)
    },
  }
}
