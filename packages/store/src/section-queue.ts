import { OakError } from '@oakestra/base'

/** A section that waits for its turn. */
export interface Waiting<Section> {
  readonly section: Section
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** Sections waiting: some seconds of work for a slow disk; beyond it callers must learn that they ask for too much. */
const WAITING_MAX = 10_000

/** First in, first out, with a limit. */
export class SectionQueue<Section> {
  #waiting: Waiting<Section>[] = []
  #head = 0

  /** Resolves with what the section gives when its turn came. */
  add<T>(section: Section): Promise<T> {
    if (this.length >= WAITING_MAX) {
      return Promise.reject(new OakError('resource-exhausted', `${WAITING_MAX} operations are waiting for the store: try again later`))
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ section, resolve: resolve as (value: unknown) => void, reject })
    })
  }

  get length(): number {
    return this.#waiting.length - this.#head
  }

  peek(): Section | undefined {
    return this.#waiting[this.#head]?.section
  }

  take(): Waiting<Section> | undefined {
    const first = this.#waiting[this.#head]
    if (!first) return undefined
    this.#head += 1
    this.#compact()
    return first
  }

  /** Gives memory back in large steps, so that taking stays cheap. */
  #compact(): void {
    if (this.#head < 256 && this.#head < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#head)
    this.#head = 0
  }
}
