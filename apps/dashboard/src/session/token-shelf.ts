import type { StoredTokens, TokenShelf } from './session.ts'

const KEY = 'oakestra.session'

/** Keeps tokens in the browser, for all of its pages. */
export function browserShelf(storage: Storage = window.localStorage): TokenShelf {
  return {
    read: () => parse(storage.getItem(KEY)),
    write: (tokens) => (tokens ? storage.setItem(KEY, JSON.stringify(tokens)) : storage.removeItem(KEY)),
    onChange(changed) {
      const listener = (event: StorageEvent) => {
        if (event.key === KEY || event.key === null) changed()
      }
      window.addEventListener('storage', listener)
      return () => window.removeEventListener('storage', listener)
    },
  }
}

function parse(text: string | null): StoredTokens | undefined {
  try {
    const json: unknown = JSON.parse(text ?? '')
    if (typeof json !== 'object' || json === null || !('token' in json) || !('refreshToken' in json)) return undefined
    const { token, refreshToken } = json
    return typeof token === 'string' && typeof refreshToken === 'string' ? { token, refreshToken } : undefined
  } catch {
    return undefined
  }
}
