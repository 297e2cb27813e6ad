/**
 * Waits for work that must finish without giving the event loop a turn. Everything inside a section of the store is
 * either immediate or the store itself, which is immediate too; whoever needs longer waits for something else and would
 * hold up everybody, or waits for a section behind its own and would hang for ever.
 * @throws Error when a turn passed first
 */
export function withinOneTurn<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const turn = setImmediate(() => reject(new Error(EXPLANATION)))
    work.then(resolve, reject).finally(() => clearImmediate(turn))
  })
}

const EXPLANATION =
  'a section of the store waited for something other than its reader or writer: it was rolled back. ' +
  'Do other waiting before or after the section, and use the reader or writer it was given instead of the store'
