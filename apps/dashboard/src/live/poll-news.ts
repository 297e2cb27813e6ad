import type { Clock } from '@oakestra/base'
import type { News } from './live-hub.ts'

const EVERY_MS = 3_000

/** News of a root that sends none: everything may have changed every few seconds, as long as it answers. */
export async function* pollNews(ask: () => Promise<unknown>, clock: Clock, signal: AbortSignal, heard: () => void): AsyncGenerator<News> {
  while (!signal.aborted) {
    await ask()
    heard()
    yield { type: 'gap' }
    await clock.sleep(EVERY_MS, signal)
  }
}
