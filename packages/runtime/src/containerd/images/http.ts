import type { IncomingMessage, RequestOptions } from 'node:http'
import { OakError } from '@oakestra/base'

const REDIRECTS_MAX = 5
// No byte for this long: the other end is gone. A slow transfer goes on as long as it moves.
const SILENCE_MS = 30_000

export interface HttpGetOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  readonly silenceMs?: number
}

export interface HttpAnswer {
  readonly status: number
  header(name: string): string | undefined
  readonly body: IncomingMessage
  readonly url: URL
}

/**
 * Asks by Node's plain client, which is loaded anyway: `fetch` would cost each node several MB for good.
 * Follows redirects; credentials stay with the origin they were meant for.
 * @throws OakError `unavailable` when the server cannot be reached or falls silent, `aborted`
 */
export async function httpGet(url: URL, options: HttpGetOptions = {}): Promise<HttpAnswer> {
  let target = url
  let headers = options.headers ?? {}
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const answer = await request(target, { ...options, headers })
    const location = answer.header('location')
    if (answer.status < 300 || answer.status > 399 || answer.status === 304 || !location) return answer
    answer.body.destroy()
    const next = new URL(location, target)
    if (next.protocol !== 'https:' && next.protocol !== 'http:')
      throw new OakError('unavailable', `${target.host} redirects to ${next.protocol}`)
    if (next.origin !== target.origin) headers = withoutAuthorization(headers)
    target = next
  }
  throw new OakError('unavailable', `${url.host} redirects more than ${REDIRECTS_MAX} times`)
}

/**
 * The body as text or bytes, for answers that are short by nature.
 * @throws OakError `limit-exceeded` when it is longer than `bytesMax`
 */
export async function readBody(answer: HttpAnswer, bytesMax: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of bodyOf(answer)) {
    length += piece.length
    if (length > bytesMax) throw new OakError('limit-exceeded', `${answer.url.host} answered more than ${bytesMax} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** The body in pieces. @throws OakError `unavailable` when it breaks off */
export async function* bodyOf(answer: HttpAnswer): AsyncGenerator<Buffer> {
  try {
    for await (const piece of answer.body) yield piece as Buffer
  } catch (cause) {
    throw unreachable(answer.url, cause)
  }
}

async function request(url: URL, options: HttpGetOptions): Promise<HttpAnswer> {
  const { get } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const silenceMs = options.silenceMs ?? SILENCE_MS
  const settings: RequestOptions = { headers: { 'user-agent': 'oakestra', ...options.headers }, timeout: silenceMs, agent: false }
  if (options.signal) settings.signal = options.signal
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = get(url, settings, resolve)
    asked.on('timeout', () => asked.destroy(new Error(`silent for ${silenceMs} ms`)))
    asked.on('error', (cause) => reject(unreachable(url, cause)))
  })
  const header = (name: string) => {
    const value = message.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }
  return { status: message.statusCode ?? 0, header, body: message, url }
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { authorization: _, ...rest } = headers
  return rest
}

function unreachable(url: URL, cause: unknown): OakError {
  if (cause instanceof OakError) return cause
  if (cause instanceof Error && cause.name === 'AbortError')
    return new OakError('aborted', 'the operation was called off', { cause, retryable: true })
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new OakError('unavailable', `cannot get ${url.origin}${url.pathname}: ${reason}`, { cause })
}
