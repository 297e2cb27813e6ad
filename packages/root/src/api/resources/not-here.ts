import { OakError } from '@oakestra/base'
import { messageSchema } from '../messages.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute, type Method, type Route } from '../route.ts'

/** Of a call that upstream has and that would lie here: what it writes is observed, or somebody else's to decide. */
export function notAllowed(instead: string): OakError {
  return new OakError('not-supported', instead, { details: { status: 405 } })
}

/** A call of upstream's that says what to use instead. */
export function notHere(method: Method, path: string, tag: string, instead: string): Route {
  return defineRoute({
    method,
    path,
    tag,
    summary: `Not offered: ${instead}`,
    permission: SIGNED_IN,
    answer: messageSchema,
    handle: async () => {
      throw notAllowed(instead)
    },
  })
}
