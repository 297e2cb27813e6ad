/** Every try is a whole simulation of about a second: what is not found within this many is not worth the wait. */
const TRIES_MAX = 120

/**
 * Leaves out what a failure does not need: first halves, then ever smaller pieces, down to single ones.
 * @param fails whether it still fails with only these
 * @returns a part of `all` that still fails and, if there were tries enough, fails no more when any one is left out
 */
export async function shrink(all: readonly number[], fails: (only: readonly number[]) => Promise<boolean>): Promise<readonly number[]> {
  let kept = all
  let tries = 0
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length && tries < TRIES_MAX; ) {
      const rest = kept.filter((_, index) => index < from || index >= from + size)
      tries += 1
      if (await fails(rest)) kept = rest
      else from += size
    }
  }
  return kept
}
