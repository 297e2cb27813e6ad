/** More messages than this waiting for one peer means that it sends faster than anybody can work: it is cut off. */
const MESSAGES_WAITING_MAX = 10_000

/** Works through what arrives one by one, in order, however long each takes. */
export class MessageQueue {
  readonly #work: (text: string) => Promise<void>
  readonly #onFailure: (thrown: unknown) => void
  #waiting: string[] = []
  #busy = false

  /** @param onFailure is told once; nothing further is worked on after it. */
  constructor(work: (text: string) => Promise<void>, onFailure: (thrown: unknown) => void) {
    this.#work = work
    this.#onFailure = onFailure
  }

  push(text: string): void {
    if (this.#waiting.length >= MESSAGES_WAITING_MAX) return this.#fail(new Error('too many messages wait'))
    this.#waiting.push(text)
    if (!this.#busy) void this.#drain()
  }

  /** Drops what waits and what comes. */
  close(): void {
    this.#busy = true
    this.#waiting = []
  }

  async #drain(): Promise<void> {
    this.#busy = true
    try {
      for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) await this.#work(text)
      this.#busy = false
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #fail(thrown: unknown): void {
    this.close()
    this.#onFailure(thrown)
  }
}
