import { type Clock, type ErrorCode, LIMITS, OakError, toOakError, withDeadline } from '@oakestra/base'
import type { SessionMessage } from '@oakestra/wire'

type Request = Extract<SessionMessage, { type: 'request' }>
type Response = Extract<SessionMessage, { type: 'response' }>

/** Answers one kind of question from the other end. */
export type RequestHandler = (method: string, params: unknown) => Promise<unknown>

interface Waiting {
  resolve(result: unknown): void
  reject(error: OakError): void
}

/** Questions with an answer and a deadline, both ways over one session. */
export class RequestLane {
  readonly #send: (message: SessionMessage) => void
  readonly #handler: RequestHandler
  readonly #clock: Clock
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1
  #answering = 0

  constructor(send: (message: SessionMessage) => void, handler: RequestHandler, clock: Clock) {
    this.#send = send
    this.#handler = handler
    this.#clock = clock
  }

  /** @throws OakError what the other end answered, `deadline-exceeded`, or `unavailable` when the session ends first */
  request(method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    if (this.#waiting.size >= LIMITS.sessionRequestsInFlight) {
      return Promise.reject(new OakError('resource-exhausted', `more than ${LIMITS.sessionRequestsInFlight} requests wait for an answer`))
    }
    const id = this.#nextId++
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#send({ type: 'request', id, method, params, timeoutMs })
    return withDeadline(answer, timeoutMs, `the answer to ${method}`, this.#clock).finally(() => this.#waiting.delete(id))
  }

  onRequest(message: Request): void {
    void this.#answer(message).then((response) => this.#respond(response))
  }

  /** An answer that is too large to be sent is a failed question, and no more. */
  #respond(response: Response): void {
    try {
      this.#send(response)
    } catch (thrown) {
      const { code, message } = toOakError(thrown)
      this.#send({ type: 'response', id: response.id, result: null, error: { code, message } })
    }
  }

  onResponse(message: Response): void {
    const waiting = this.#waiting.get(message.id)
    if (!waiting) return
    if (message.error) waiting.reject(new OakError(message.error.code as ErrorCode, message.error.message))
    else waiting.resolve(message.result)
  }

  /** Ends every open question: the session is over. */
  close(reason: string): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new OakError('unavailable', `the connection ended: ${reason}`))
  }

  async #answer(message: Request): Promise<Response> {
    const { id, method } = message
    if (this.#answering >= LIMITS.sessionRequestsInFlight) {
      return { type: 'response', id, result: null, error: { code: 'resource-exhausted', message: 'too many requests at once' } }
    }
    this.#answering += 1
    try {
      const result = await withDeadline(this.#handler(method, message.params), message.timeoutMs, method, this.#clock)
      return { type: 'response', id, result: result ?? null }
    } catch (thrown) {
      const error = toOakError(thrown)
      return { type: 'response', id, result: null, error: { code: error.code, message: error.message } }
    } finally {
      this.#answering -= 1
    }
  }
}
