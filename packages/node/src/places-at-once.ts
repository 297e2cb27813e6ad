/** Lets a limited number of sections run at the same time, in the order of asking. */
export class PlacesAtOnce {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async run<T>(section: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await section()
    } finally {
      // A place is handed on: whoever asks in between waits behind those who waited already.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }
}
