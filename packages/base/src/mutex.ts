/** Lets one asynchronous section run at a time, in the order of asking. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve()

  /** Runs `section` alone; its failure reaches the caller and does not stop those behind it. */
  run<T>(section: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(section)
    this.#tail = result.catch(() => undefined)
    return result
  }
}
