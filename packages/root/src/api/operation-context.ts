import { QUIET_MS } from '../addresses/allocate.ts'
import type { OperationContext } from '../state/operations-context.ts'
import type { RootApiDeps } from './deps.ts'

/** Time and ids for one transaction. */
export function contextOf(deps: RootApiDeps): OperationContext {
  return { ids: deps.ids, nowMs: deps.clock.wallMs(), quietMs: deps.quietMs ?? QUIET_MS }
}
