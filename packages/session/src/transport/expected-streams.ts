import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type Clock, OakError, onAbort } from '@oakestra/base'
import type { ExpectedStream, ExpectStreamOptions } from './transport.ts'

interface Expectation {
  readonly childId: string
  fulfil(stream: Duplex): void
  refuse(error: OakError): void
}

// A stream costs little until it is opened; this many waiting means that children do not come.
const EXPECTED_MAX = 1024

/** The streams a parent has asked its children to open. */
export class ExpectedStreams {
  readonly #clock: Clock
  readonly #waiting = new Map<string, Expectation>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  expect(options: ExpectStreamOptions): ExpectedStream {
    const id = randomBytes(16).toString('hex')
    const opened = new Promise<Duplex>((resolve, reject) => this.#wait(id, options, resolve, reject))
    // Whoever asked may look at the promise later, or not at all once the child has said no.
    opened.catch(() => undefined)
    return { id, opened }
  }

  #wait(id: string, options: ExpectStreamOptions, resolve: (stream: Duplex) => void, reject: (error: OakError) => void): void {
    const { childId, timeoutMs, signal } = options
    if (this.#waiting.size >= EXPECTED_MAX) return reject(new OakError('resource-exhausted', 'too many streams are waiting to be opened'))
    const give = (code: 'deadline-exceeded' | 'aborted', message: string) => () => settle(() => reject(new OakError(code, message)))
    const timer = this.#clock.after(timeoutMs, give('deadline-exceeded', `the child did not open the stream within ${timeoutMs} ms`))
    let stopListening: () => void = () => undefined
    const settle = (finish: () => void) => {
      this.#waiting.delete(id)
      timer.cancel()
      stopListening()
      finish()
    }
    this.#waiting.set(id, {
      childId,
      fulfil: (stream) => settle(() => resolve(stream)),
      refuse: (error) => settle(() => reject(error)),
    })
    if (signal) stopListening = onAbort(signal, give('aborted', 'nobody waits for the stream any more'))
  }

  /** True while this child may open this stream. */
  has(streamId: string, childId: string): boolean {
    return this.#waiting.get(streamId)?.childId === childId
  }

  /** Hands an opened stream over; false, with the stream destroyed, when nobody waits for it (any more). */
  fulfil(streamId: string, childId: string, stream: Duplex): boolean {
    if (!this.has(streamId, childId)) {
      stream.destroy()
      return false
    }
    this.#waiting.get(streamId)?.fulfil(stream)
    return true
  }

  refuseAll(message: string): void {
    for (const expectation of this.#waiting.values()) expectation.refuse(new OakError('unavailable', message))
  }
}
