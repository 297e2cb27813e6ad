/**
 * Runs work during which the process must not end. The clock's timers deliberately do not hold a process, and a promise does
 * not either: without this a command that only waits would end in the middle, with success.
 */
export async function keepAlive<T>(work: () => Promise<T>): Promise<T> {
  // The longest delay Node knows; it only has to exist.
  const hold = setInterval(() => undefined, 2 ** 31 - 1)
  try {
    return await work()
  } finally {
    clearInterval(hold)
  }
}
