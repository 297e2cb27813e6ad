import type { PreEvent } from '../../hooks/hook.ts'
import type { HookSubject } from '../../hooks/hook-subject.ts'
import type { Json } from '../../hooks/merge-answer.ts'
import type { ApiContext } from '../deps.ts'

/** Members of what hooks are told that say what it is about: what a hook makes of them changes nothing. */
const IDENTITY: ReadonlySet<string> = new Set([
  '_id',
  'applicationID',
  'microserviceID',
  'app_name',
  'app_ns',
  'job_name',
  'instance_number',
  '_version',
  '_owner',
])

/** Asks about one thing. `identity` is told beside the document and is not part of what comes back. */
export type AskOne = (event: PreEvent, subject: HookSubject, document: Json, identity: Json) => Promise<Json>

/** Asks for one operation: all of its questions together have to be answered in time. */
export function askerOf({ hooks }: ApiContext): AskOne {
  const deadlineMs = hooks?.deadline()
  return async (event, subject, document, identity) => {
    if (!hooks?.wants(event, subject.kind)) return document
    const told = { ...document, ...identity }
    const answer = await hooks.ask(event, subject, told, IDENTITY, deadlineMs)
    return answer === told ? document : withoutIdentity(answer, document, identity)
  }
}

/** As the user wrote it: with those members of the identity that were there. */
function withoutIdentity(answer: Json, document: Json, identity: Json): Json {
  const added = Object.keys(identity).filter((key) => !Object.hasOwn(document, key))
  const kept = Object.entries(answer).filter(([key]) => !added.includes(key))
  return { ...Object.fromEntries(kept), ...Object.fromEntries(Object.entries(document).filter(([key]) => Object.hasOwn(identity, key))) }
}

export function wants({ hooks }: ApiContext, event: PreEvent, ...kinds: readonly string[]): boolean {
  return hooks !== undefined && kinds.some((kind) => hooks.wants(event, kind))
}
