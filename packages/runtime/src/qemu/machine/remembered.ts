import { accessSync, constants } from 'node:fs'
import type { QemuFacts } from './accelerator.ts'

/**
 * Looks once, and again after it found nothing or when what it found is gone: looking starts a guest, which is too much for
 * every question.
 */
export function remembered(look: () => Promise<QemuFacts>): () => Promise<QemuFacts> {
  let found: Promise<QemuFacts> | undefined
  return async () => {
    const asked = found
    const known = await asked?.catch(() => undefined)
    if (known && isThere(known.program)) return known
    // Unless somebody else began to look meanwhile.
    if (found === asked) found = look()
    return found ?? look()
  }
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
