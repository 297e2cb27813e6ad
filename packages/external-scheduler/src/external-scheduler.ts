import { type Clock, type Logger, OakError, onAbort, toOakError, withDeadline } from '@oakestra/base'
import type { Candidate, PlacementRequest, PolicyName } from '@oakestra/scheduler'
import { type Answer, readAnswer } from './answer.ts'
import { Breaker } from './breaker.ts'
import { type Question, questionOf } from './question.ts'

/** Placements wait for the answer: longer than this, and the built-in policy is the better scheduler. */
const TIMEOUT_MS_DEFAULT = 1000

/** Questions at one time. Each holds its text in memory; who is that far behind is of no help to the next one. */
const QUESTIONS_MAX = 32

export interface ExternalSchedulerOptions {
  /** Where questions are posted to: `http:` or `https:`, without user and password. */
  readonly url: string
  /** Sent as a bearer token. */
  readonly token?: string
  readonly timeoutMs?: number
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  readonly clock: Clock
  readonly logger: Logger
}

/** Who was chosen; or, in words for people, why the built-in policy has to choose. */
export type Choice = { readonly ok: true; readonly candidateId: string } | { readonly ok: false; readonly warning: string }

/** A scheduler that somebody else wrote, reached over HTTP. `docs/external-scheduler.md`. */
export interface ExternalScheduler {
  /**
   * Asks who of the candidates that pass every filter shall be chosen. Never throws, and never takes much longer than the
   * timeout. The choice is a wish: `place()` with `preferredId` looks at every filter again.
   */
  choose(request: PlacementRequest, candidates: readonly Candidate[], policy: PolicyName, signal: AbortSignal): Promise<Choice>
}

/** @throws OakError `bad-request` for a URL or token that can never be used */
export function createExternalScheduler(options: ExternalSchedulerOptions): ExternalScheduler {
  const asker = new Asker(options)
  return { choose: (request, candidates, policy, signal) => asker.choose(request, candidates, policy, signal) }
}

class Asker {
  readonly #options: ExternalSchedulerOptions
  readonly #timeoutMs: number
  readonly #headers: Headers
  readonly #breaker = new Breaker()
  #asking = 0

  constructor(options: ExternalSchedulerOptions) {
    this.#options = { ...options, url: checkedUrl(options.url) }
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS_DEFAULT
    this.#headers = headersWith(options.token)
  }

  async choose(request: PlacementRequest, candidates: readonly Candidate[], policy: PolicyName, signal: AbortSignal): Promise<Choice> {
    if (signal.aborted) return without('was not asked: the placement was called off')
    if (this.#asking >= QUESTIONS_MAX) return without(`was not asked: ${QUESTIONS_MAX} questions wait for their answer already`)
    const pauseMs = this.#breaker.admit(this.#options.clock.monotonicMs())
    if (pauseMs > 0) return without(`is not asked for the next ${Math.ceil(pauseMs / 1000)} s, for it failed several times in a row`)
    this.#asking += 1
    try {
      const question = questionOf(request, candidates, policy)
      return question.candidateIds.size > 0 ? this.#accepted(await this.#ask(question, signal), question) : this.#notAsked()
    } catch (thrown) {
      return this.#failed(toOakError(thrown), signal)
    } finally {
      this.#asking -= 1
    }
  }

  #notAsked(): Choice {
    this.#breaker.calledOff()
    return without('was not asked: no candidate passes the filters')
  }

  async #ask({ body }: Question, signal: AbortSignal): Promise<Answer> {
    const { url, clock, fetch = globalThis.fetch } = this.#options
    const call = new AbortController()
    const unsubscribe = onAbort(signal, () => call.abort())
    const asked = fetch(url, { method: 'POST', headers: this.#headers, body, redirect: 'manual', signal: call.signal }).then(readAnswer)
    try {
      return await withDeadline(asked, this.#timeoutMs, 'its answer', clock)
    } finally {
      unsubscribe()
      call.abort()
    }
  }

  #accepted(answer: Answer, { candidateIds }: Question): Choice {
    if (answer.candidateId !== null && !candidateIds.has(answer.candidateId)) {
      throw new OakError('unavailable', 'chose a candidate that it was not offered')
    }
    if (this.#breaker.succeeded()) this.#options.logger.info('the external scheduler answers again')
    return answer.candidateId === null ? without(`chose nobody: ${answer.reason}`) : { ok: true, candidateId: answer.candidateId }
  }

  #failed(error: OakError, signal: AbortSignal): Choice {
    const { clock, logger } = this.#options
    if (signal.aborted) {
      this.#breaker.calledOff()
      return without('was not waited for: the placement was called off')
    }
    const wasGivenUp = this.#breaker.failed(clock.monotonicMs())
    if (wasGivenUp)
      logger.warn('the external scheduler failed several times in a row: the built-in policy chooses for a while', { err: error })
    return without(whatWentWrong(error))
  }
}

function without(what: string): Choice {
  return { ok: false, warning: `the external scheduler ${what}` }
}

/** Causes are for the log: they may name addresses that are nobody's business. */
function whatWentWrong(error: OakError): string {
  if (error.code === 'unavailable') return error.message
  if (error.code === 'deadline-exceeded') return `did not answer: ${error.message}`
  return 'cannot be reached'
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw new OakError('bad-request', 'the URL of the external scheduler must be an http: or https: URL')
  if (url.username || url.password)
    throw new OakError('bad-request', 'the URL of the external scheduler must not hold a user or password: set its token')
  return url.href
}

function headersWith(token: string | undefined): Headers {
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json' })
  if (token === undefined) return headers
  // A header with line breaks or other controls would be refused at every question.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new OakError('bad-request', 'the token of the external scheduler must be printable ASCII without spaces')
  headers.set('authorization', `Bearer ${token}`)
  return headers
}
