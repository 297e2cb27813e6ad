import { type ErrorCode, toOakError } from '@oakestra/base'
import type { ChildSession } from '@oakestra/session'

const TIMEOUT_MS = 5_000
/** Said by this end of the connection when nothing came from the other. */
const UNANSWERED: ReadonlySet<ErrorCode> = new Set(['unavailable', 'deadline-exceeded', 'aborted', 'resource-exhausted'])

/**
 * Resolves once the cluster has answered on the present connection. Messages keep their order, so by then every order that
 * was given before has arrived. What it answers does not matter: that it does not know the question is an answer too.
 */
export async function askCluster(session: ChildSession): Promise<void> {
  try {
    await session.request('document.current', {}, TIMEOUT_MS)
  } catch (thrown) {
    const error = toOakError(thrown)
    if (UNANSWERED.has(error.code)) throw error
  }
}
