/** Runs work during which the process must not end. The clock's timers deliberately do not hold it; waiting people do. */
export async function keepAlive<T>(work: () => Promise<T>): Promise<T> {
  // The longest delay Node knows; it only has to exist.
  const hold = setInterval(() => undefined, 2 ** 31 - 1)
  try {
    return await work()
  } finally {
    clearInterval(hold)
  }
}
