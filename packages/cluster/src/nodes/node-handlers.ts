import { type Logger, OakError, toOakError } from '@oakestra/base'
import { type ConnectionEnd, type Liveness, type ParentHandlers, takeObservedByKind, takerOf } from '@oakestra/session'
import { RESOLVE_METHOD } from '@oakestra/wire'
import { gatewayRecords } from '../overlay/gateway-reports.ts'
import { interestRecords } from '../overlay/interest-records.ts'
import type { Overlay } from '../overlay/overlay.ts'
import type { Placing } from '../placement/placing.ts'
import { instanceRecords } from '../reports/cluster-reports.ts'
import type { SampleBoard } from '../reports/sample-board.ts'
import type { NodeRegistry } from './node-registry.ts'

export interface NodeHandlerDeps {
  readonly registry: NodeRegistry
  readonly liveness: Liveness
  readonly samples: SampleBoard
  readonly placing: Pick<Placing, 'takeUnknown' | 'nodeReturned' | 'nodeTold'>
  readonly overlay: Pick<Overlay, 'resolve'>
  readonly logger: Logger
}

const TAKERS = { instance: takerOf(instanceRecords), interest: takerOf(interestRecords), gateway: takerOf(gatewayRecords) }

/** What a cluster does with what its nodes say. What it cannot understand ends that node's connection, and changes nothing. */
export function nodeHandlers({ registry, liveness, samples, placing, overlay, logger }: NodeHandlerDeps): ParentHandlers {
  const gone = (nodeId: string, { how, reason, silentMs }: ConnectionEnd) => {
    logger.warn('a node is gone', { node: nodeId, how, reason })
    samples.forget(nodeId)
    liveness.departed(nodeId, how, silentMs)
    registry.noteGone(nodeId).catch((thrown) => logger.debug('no note of it', { err: toOakError(thrown).message }))
  }
  return {
    onConnected: async (nodeId, value, address) => {
      await registry.noteFacts(nodeId, value, address).catch((thrown: unknown) => {
        // A full disk here is no sign against anybody there.
        if (toOakError(thrown).code === 'unavailable') liveness.beginAnew()
        throw thrown
      })
      logger.info('a node is connected', { node: nodeId, address })
      placing.nodeReturned(nodeId)
      liveness.arrived(nodeId)
    },
    onDisconnected: gone,
    onFacts: (nodeId, value) => registry.noteFacts(nodeId, value),
    onObserved: async (writer, nodeId, report) => {
      await takeObservedByKind(writer, TAKERS, nodeId, report)
      if (report.mode === 'all') placing.nodeTold(nodeId)
    },
    onUnknownDocument: (writer, nodeId, items) => placing.takeUnknown(writer, nodeId, items),
    onSamples: (nodeId, body) => samples.take(nodeId, body),
    onRequest: async (_nodeId, method, params) => {
      if (method === RESOLVE_METHOD) return overlay.resolve(params)
      throw new OakError('not-supported', `a cluster does not answer ${method}`)
    },
  }
}
