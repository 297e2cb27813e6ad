import type { DesiredInstance } from '@oakestra/model'
import type { Outbox } from '@oakestra/session'
import type { OrderAnswer } from '@oakestra/wire'
import type { OperationContext } from '../state/operations-context.ts'

/** The cluster whose orders are taken, and what taking them needs. */
export interface Adoption {
  readonly clusterId: string
  readonly clusterName: string
  readonly operation: OperationContext
  readonly outbox: Outbox
  /** Tells placement of an instance that this section gives a place; see `PeerBook.stage`. */
  readonly stage: (instance: DesiredInstance) => void
}

export type Verdict = Omit<OrderAnswer, 'id'>
