import type { OrderAnswer } from '@oakestra/wire'
import type { OperationContext } from '../state/operations-context.ts'

/** The cluster whose orders are taken, and what taking them needs. */
export interface Adoption {
  readonly clusterId: string
  readonly clusterName: string
  readonly operation: OperationContext
}

export type Verdict = Omit<OrderAnswer, 'id'>
