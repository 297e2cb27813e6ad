import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, type Logger, OakError, toOakError } from '@oakestra/base'
import type { ChildKind } from '@oakestra/pki'
import { FailedAttempts } from './failed-attempts.ts'
import { renderRefusal } from './http-refusal.ts'
import { JOIN_BODY_BYTES_MAX, parseJoinRequest } from './join-message.ts'
import type { Admission, ListenHandlers } from './transport.ts'

// Each costs a few checks of signatures and one transaction; a wave of new children comes back with backoff.
const JOINS_AT_ONCE_MAX = 32

export interface JoinRouteOptions {
  readonly childKind: ChildKind
  readonly admit: NonNullable<ListenHandlers['admit']>
  readonly clock: Clock
  readonly logger: Logger
}

/** `POST /join`: the one thing a stranger may ask for. */
export class JoinRoute {
  readonly #options: JoinRouteOptions
  readonly #failed: FailedAttempts
  #running = 0

  constructor(options: JoinRouteOptions) {
    this.#options = options
    this.#failed = new FailedAttempts(options.clock)
  }

  /** Answers in any case; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = request.socket.remoteAddress ?? ''
    this.#running += 1
    try {
      const admission = await this.#admit(request, address)
      this.#options.logger.info('child admitted', { [this.#options.childKind]: admission.id, address })
      respond(response, 200, JSON.stringify(admission))
    } catch (thrown) {
      this.#refuse(response, address, toOakError(thrown))
    } finally {
      this.#running -= 1
    }
  }

  async #admit(request: IncomingMessage, address: string): Promise<Admission> {
    if (this.#running > JOINS_AT_ONCE_MAX) throw new OakError('resource-exhausted', 'too many children are joining; try again')
    if (this.#failed.isBlocked(address)) throw new OakError('resource-exhausted', 'too many refused attempts; try again in a minute')
    const wish = parseJoinRequest(await readBody(request))
    if (!wish) throw new OakError('bad-request', 'this is not a request to join')
    const { childKind } = this.#options
    if (wish.kind !== childKind) throw new OakError('bad-request', `a ${wish.kind} cannot join here; this port is for a ${childKind}`)
    return this.#options.admit(wish, address)
  }

  #refuse(response: ServerResponse, address: string, error: OakError): void {
    if (error.code === 'internal') this.#options.logger.error('joining failed', { address, err: error })
    else this.#options.logger.info('child refused', { address, code: error.code, reason: error.message })
    if (error.code === 'forbidden' || error.code === 'bad-request') this.#failed.add(address)
    const { status, body } = renderRefusal(error)
    respond(response, status, body)
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const tooLarge = () => new OakError('limit-exceeded', `a request to join may have ${JOIN_BODY_BYTES_MAX} bytes at most`)
  if (Number(request.headers['content-length'] ?? 0) > JOIN_BODY_BYTES_MAX) throw tooLarge()
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      length += chunk.length
      if (length > JOIN_BODY_BYTES_MAX) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (cause) {
    throw cause instanceof OakError ? cause : new OakError('bad-request', 'the request broke off', { cause })
  }
  return Buffer.concat(chunks).toString('utf8')
}

function respond(response: ServerResponse, status: number, body: string): void {
  // One question per connection: a stranger has no business to stay.
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), connection: 'close' })
  response.end(body)
}
