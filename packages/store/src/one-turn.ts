/**
 * Waits for work that must finish without giving the event loop a turn. Everything inside a section of the store is
 * either immediate or the store itself, which is immediate too; whoever needs longer waits for something else and would
 * hold up everybody, or waits for a section behind its own and would hang for ever.
 * One piece of work at a time; all within one turn share the look at its end.
 */
export class TurnWatch {
  #isDue = false
  #onTurn: (() => void) | undefined

  /** @throws Error when a turn passed first */
  within<T>(work: Promise<T>): Promise<T> {
    this.#watch()
    return new Promise((resolve, reject) => {
      const onTurn = () => reject(new Error(EXPLANATION))
      this.#onTurn = onTurn
      const end = () => {
        if (this.#onTurn === onTurn) this.#onTurn = undefined
      }
      void work.then(end, end)
      work.then(resolve, reject)
    })
  }

  #watch(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.#onTurn?.()
    })
  }
}

const EXPLANATION =
  'a section of the store waited for something other than its reader or writer: it was rolled back. ' +
  'Do other waiting before or after the section, and use the reader or writer it was given instead of the store'
