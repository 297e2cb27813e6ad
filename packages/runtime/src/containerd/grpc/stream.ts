import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { type Clock, OakError, onAbort, type Timer } from '@oakestra/base'
import type { CallOptions } from './call-options.ts'
import { FrameReader, frameMessage } from './frames.ts'
import { statusError } from './status.ts'

// RFC 9113 section 7.
const HTTP2_CANCEL = 8

export interface GrpcStreamOptions {
  readonly session: ClientHttp2Session
  readonly path: string
  readonly call: CallOptions
  readonly socketPath: string
  readonly clock: Clock
}

/** One call: any number of messages each way. grpc/doc/PROTOCOL-HTTP2.md. */
export class GrpcStream {
  readonly #stream: ClientHttp2Stream
  readonly #options: GrpcStreamOptions
  #status: { readonly code: number; readonly message: string } | undefined
  #failure: OakError | undefined
  #timer: Timer | undefined
  #unsubscribe: () => void = () => undefined

  constructor(options: GrpcStreamOptions) {
    this.#options = options
    this.#stream = options.session.request({
      ':method': 'POST',
      ':path': options.path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...options.call.metadata,
    })
    this.#stream.on('response', (headers) => this.#readStatus(headers))
    this.#stream.on('trailers', (headers) => this.#readStatus(headers))
    this.#stream.on('error', (error) => this.#fail(this.#unreachable(error)))
    this.#stream.once('close', () => this.#release())
    this.#bound(options.call)
  }

  /** Resolves when the connection takes more. */
  async send(message: Uint8Array): Promise<void> {
    this.#throwIfFailed()
    await new Promise<void>((resolve) => {
      // A failure reaches the reader of `messages`, who knows the status; here it only ends the wait.
      this.#stream.write(frameMessage(message), () => resolve())
    })
  }

  /** Nothing more will be sent. */
  end(): void {
    this.#stream.end()
  }

  /** Ends the call, whatever it was doing. */
  cancel(): void {
    this.#stream.close(HTTP2_CANCEL)
  }

  /**
   * The answer's messages, read no faster than asked for.
   * @throws OakError the call's status unless it is "ok"; `aborted`, `deadline-exceeded`; `unavailable` when the daemon is away
   */
  async *messages(): AsyncGenerator<Buffer, void> {
    const frames = new FrameReader()
    let isOver = false
    try {
      for await (const piece of this.#stream) yield* frames.push(piece)
      isOver = true
    } catch (thrown) {
      if (thrown instanceof OakError) throw thrown
      throw this.#failure ?? this.#unreachable(thrown)
    } finally {
      if (!isOver) this.cancel()
    }
    this.#throwIfFailed()
    const status = this.#status ?? { code: 14, message: 'containerd ended a call without a status' }
    if (status.code !== 0) throw statusError(status.code, status.message, this.#options.path)
  }

  #bound({ signal, timeoutMs }: CallOptions): void {
    if (timeoutMs !== undefined) {
      const late = () =>
        this.#abandon(new OakError('deadline-exceeded', `containerd took longer than ${timeoutMs} ms for ${this.#options.path}`))
      this.#timer = this.#options.clock.after(timeoutMs, late)
    }
    if (signal) {
      const calledOff = () => this.#abandon(new OakError('aborted', 'the operation was called off', { cause: signal.reason }))
      this.#unsubscribe = onAbort(signal, calledOff)
    }
  }

  #abandon(failure: OakError): void {
    this.#fail(failure)
    this.cancel()
  }

  #fail(failure: OakError): void {
    this.#failure ??= failure
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure
  }

  #release(): void {
    this.#timer?.cancel()
    this.#unsubscribe()
  }

  #readStatus(headers: IncomingHttpHeaders): void {
    const code = headers['grpc-status']
    if (code === undefined) return
    const text = String(headers['grpc-message'] ?? '')
    this.#status = { code: Number(code), message: decodeMessage(text) }
  }

  #unreachable(cause: unknown): OakError {
    // A connection that could not be made cancels its streams and is their error's cause.
    const origin = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    const reason = origin instanceof Error && 'code' in origin ? ` (${String(origin.code)})` : ''
    return new OakError('unavailable', `containerd does not answer at ${this.#options.socketPath}${reason}`, { cause })
  }
}

/** Messages travel percent-encoded; what is not is shown as it came. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
