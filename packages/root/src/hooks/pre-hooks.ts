import { type Clock, type IdGenerator, type Logger, OakError, toOakError } from '@oakestra/base'
import type { Hook, PreEvent } from './hook.ts'
import type { HookBook } from './hook-book.ts'
import { callHook, type HookAnswer, type HookCaller } from './hook-caller.ts'
import type { HookSubject } from './hook-subject.ts'
import { isJson, type Json, mergeAnswer } from './merge-answer.ts'

/** Whoever asked waits for all hooks together no longer than this: clients give up after thirty seconds. */
const TOGETHER_MS = 20_000
/** Calls that people wait for, at the same time; more means that a hook is too slow for what it holds up. */
const IN_FLIGHT_MAX = 64
/** With which a hook says no. Others, such as a 404 of a wrong address or a 500, are no answer. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 409, 422])
/** Of a hook's own words in an answer to somebody else. */
const REASON_LENGTH_MAX = 500

export interface PreHooksDeps {
  readonly book: HookBook
  readonly caller: HookCaller
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly logger: Logger
}

/** Asks the hooks that want to know before something happens. Never inside a section of the store. */
export class PreHooks {
  readonly #deps: PreHooksDeps
  #inFlight = 0

  constructor(deps: PreHooksDeps) {
    this.#deps = deps
  }

  /** True when somebody wants to know: otherwise nobody has to look for what would be told. */
  wants(event: PreEvent, kind: string): boolean {
    return this.#deps.book.wanting(event, { kind }).length > 0
  }

  /** A time by which all calls of one operation have to be over. */
  deadline(): number {
    return this.#deps.clock.monotonicMs() + TOGETHER_MS
  }

  /**
   * Asks one hook after the other; each sees what those before it made of the document.
   * @param fixed members that are told for information and cannot be changed
   * @param deadlineMs on the monotonic clock; hooks that are not heard by then count as silent
   * @returns the document as they leave it, the same object when none changed it
   * @throws OakError `forbidden` a hook says no; `unavailable` one that has to be heard does not answer; `resource-exhausted`
   */
  async ask(
    event: PreEvent,
    subject: HookSubject,
    document: Json,
    fixed: ReadonlySet<string>,
    deadlineMs = this.deadline(),
  ): Promise<Json> {
    let asked = document
    for (const hook of this.#deps.book.wanting(event, subject)) {
      const answer = await this.#heard(hook, event, asked, deadlineMs)
      if (answer) asked = mergeAnswer(asked, answer, fixed)
    }
    return asked
  }

  async #heard(hook: Hook, event: PreEvent, document: Json, deadlineMs: number): Promise<Json | undefined> {
    if (this.#inFlight >= IN_FLIGHT_MAX) throw new OakError('resource-exhausted', 'too many calls wait for hooks; try again later')
    this.#inFlight += 1
    try {
      return changesIn(hook, await this.#call(hook, event, document, deadlineMs))
    } catch (thrown) {
      const failure = toOakError(thrown)
      if (failure.code === 'forbidden') throw failure
      return this.#withoutAnswer(hook, event, failure)
    } finally {
      this.#inFlight -= 1
    }
  }

  #call(hook: Hook, event: PreEvent, document: Json, deadlineMs: number): Promise<HookAnswer> {
    const leftMs = deadlineMs - this.#deps.clock.monotonicMs()
    if (leftMs <= 0) throw new OakError('deadline-exceeded', 'the hooks before it took all the time there is')
    const impatient = { ...hook, timeoutMs: Math.min(hook.timeoutMs, leftMs) }
    return callHook(impatient, event, this.#deps.ids.next(), document, this.#deps)
  }

  #withoutAnswer(hook: Hook, event: PreEvent, failure: OakError): undefined {
    const { id, name, onFailure } = hook
    this.#deps.logger.warn('a hook was asked and did not answer', { hook: id, event, onFailure, err: failure.message })
    if (onFailure === 'open') return
    throw new OakError('unavailable', `the hook ${name} has to agree and did not answer: ${failure.message}`)
  }
}

/** What the hook wants changed: nothing when it has no more to say than that all is well. */
function changesIn(hook: Hook, { status, body }: HookAnswer): Json | undefined {
  if (REFUSALS.has(status)) throw new OakError('forbidden', `the hook ${hook.name} refused this${reasonIn(body)}`)
  if (status < 200 || status > 299) throw new OakError('unavailable', `it answered with status ${status}`)
  const answer = parsed(body)
  // Upstream takes anything else than a document for consent. `reference/orchestration.md` 8.2.
  return isJson(answer) ? answer : undefined
}

function reasonIn(body: string): string {
  const answer = parsed(body)
  const text = isJson(answer) ? answer['message'] : body
  return typeof text === 'string' && text.trim() !== '' ? `: ${text.trim().slice(0, REASON_LENGTH_MAX)}` : ''
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body, (key, value: unknown) => (key === '__proto__' ? undefined : value))
  } catch {
    return undefined
  }
}
