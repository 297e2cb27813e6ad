import { type Logger, OakError, toOakError } from '@oakestra/base'
import { type Liveness, type ParentHandlers, takeObservedByKind, takerOf } from '@oakestra/session'
import { parseWire, samplesSchema } from '@oakestra/wire'
import { OVERLAY_TAKERS } from '../overlay/overlay-takers.ts'
import type { Troubles } from '../placement/troubles.ts'
import { takeUnknownDocument } from '../unclaimed/take-unknown.ts'
import type { UnknownDeps } from '../unclaimed/unknown-deps.ts'
import type { ClusterRegistry } from './cluster-registry.ts'
import { instanceReports } from './instance-reports.ts'
import type { LoadHistory } from './load-history.ts'
import type { UsageHistory } from './usage-history.ts'

export interface ClusterHandlersDeps {
  readonly registry: ClusterRegistry
  readonly unknown: UnknownDeps
  readonly liveness: Pick<Liveness, 'arrived' | 'departed' | 'beginAnew'>
  readonly troubles: Troubles
  readonly usage: UsageHistory
  readonly loads: LoadHistory
  readonly connected: () => ReadonlySet<string>
  readonly logger: Logger
}

/** What root does with what clusters say. */
export function clusterHandlers({
  registry,
  unknown,
  liveness,
  troubles,
  usage,
  loads,
  connected,
  logger,
}: ClusterHandlersDeps): ParentHandlers {
  const takers = { instance: takerOf(instanceReports(troubles)), ...OVERLAY_TAKERS }
  return {
    async onConnected(clusterId, value, address) {
      await registry.noteFacts(clusterId, value, address).catch((thrown: unknown) => {
        // A full disk here is no sign against anybody there.
        if (toOakError(thrown).code === 'unavailable') liveness.beginAnew()
        throw thrown
      })
      logger.info('a cluster is connected', { cluster: clusterId, address })
      liveness.arrived(clusterId)
    },
    onDisconnected(clusterId, { how, reason, silentMs }) {
      // The end of an old connection, told after the cluster came back on a new one, is no news.
      if (connected().has(clusterId)) return
      logger.warn('a cluster is gone', { cluster: clusterId, how, reason })
      liveness.departed(clusterId, how, silentMs)
      registry.noteGone(clusterId, reason).catch((thrown) => logger.debug('no note of it', { err: toOakError(thrown).message }))
    },
    onFacts: (clusterId, value) => registry.noteFacts(clusterId, value),
    onObserved: (writer, clusterId, report) => takeObservedByKind(writer, takers, clusterId, report),
    onUnknownDocument: (writer, clusterId, items) => takeUnknownDocument(unknown, writer, clusterId, items),
    onSamples: (clusterId, body) => {
      const samples = parseWire(samplesSchema, body, 'samples')
      usage.add(samples)
      loads.add(clusterId, samples)
    },
    onRequest: async (_clusterId, method) => {
      throw new OakError('not-supported', `root does not answer ${method}`)
    },
  }
}
