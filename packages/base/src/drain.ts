/** Takes what is in a set out of it, one after another. What could not be done stays, and what is beyond the limit. */
export async function drain(keys: Set<string>, take: (key: string) => Promise<void>, limit = Number.POSITIVE_INFINITY): Promise<void> {
  let taken = 0
  for (const key of keys) {
    if (taken >= limit) return
    taken += 1
    // Before it is read: what changes meanwhile is noted again.
    keys.delete(key)
    try {
      await take(key)
    } catch (thrown) {
      keys.add(key)
      throw thrown
    }
  }
}
