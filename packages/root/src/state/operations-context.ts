import type { IdGenerator } from '@oakestra/base'
import type { AllocationContext } from '../addresses/allocate.ts'

/** What an operation takes from outside the store. */
export interface OperationContext extends AllocationContext {
  readonly ids: IdGenerator
}
