import { type Clock, type Logger, realClock, silentLogger } from '@oakestra/base'
import type { InsightfulNetwork } from '../network.ts'
import { PlannedNetwork } from '../planned-network.ts'
import type { FakeKernel } from './fake-kernel.ts'

export interface FakeNetworkOptions {
  readonly tag: string
  readonly kernel: FakeKernel
  readonly logger?: Logger
  readonly clock?: Clock
}

/** A network on a kernel in memory: the same planning, comparing and refusing as the real one. */
export function createFakeNetwork({ tag, kernel, logger = silentLogger, clock = realClock }: FakeNetworkOptions): InsightfulNetwork {
  return new PlannedNetwork({ tag, logger, clock, openKernel: async () => kernel.access(tag) })
}
