import type { Clock } from '@oakestra/base'
import { type Claims, readClaims } from './claims.ts'

/** What a browser keeps between visits. */
export interface StoredTokens {
  readonly token: string
  readonly refreshToken: string
}

/** Where tokens are kept; `undefined` when there are none. Other pages of the same browser share them. */
export interface TokenShelf {
  read(): StoredTokens | undefined
  write(tokens: StoredTokens | undefined): void
  /** Calls back when another page changed them. */
  onChange(changed: () => void): () => void
}

export type Standing =
  | { readonly kind: 'in'; readonly claims: Claims }
  /** `expired`: somebody was logged in, and root no longer accepts it. */
  | { readonly kind: 'out'; readonly expired: boolean }

export interface SessionDeps {
  readonly shelf: TokenShelf
  readonly clock: Pick<Clock, 'wallMs'>
  /** Exchanges a refresh token; undefined when root refuses it. Anything else that fails is thrown and changes nothing. */
  readonly renew: (refreshToken: string) => Promise<string | undefined>
}

/** Renewed a little early, so that a token does not end on its way. */
const RENEW_BEFORE_MS = 10_000

/** Who uses this page. Renews the access token when it ends, once for all calls that wait for it. */
export class Session {
  readonly #deps: SessionDeps
  readonly #listeners = new Set<() => void>()
  #tokens: StoredTokens | undefined
  #standing: Standing
  #renewing: Promise<string | undefined> | undefined

  constructor(deps: SessionDeps) {
    this.#deps = deps
    this.#tokens = deps.shelf.read()
    this.#standing = this.#standingOf(false)
    deps.shelf.onChange(() => this.#take(deps.shelf.read(), false))
  }

  standing(): Standing {
    return this.#standing
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  logIn(tokens: StoredTokens): void {
    this.#deps.shelf.write(tokens)
    this.#take(tokens, false)
  }

  logOut(): void {
    this.#deps.shelf.write(undefined)
    this.#take(undefined, false)
  }

  /** A token that is valid now; undefined when nobody is logged in any more. */
  async token(): Promise<string | undefined> {
    const { token } = this.#tokens ?? {}
    const claims = token === undefined ? undefined : readClaims(token)
    if (claims && claims.expiresAtMs > this.#deps.clock.wallMs() + RENEW_BEFORE_MS) return token
    return this.renew()
  }

  /** A new token, since root refused the one it was given. */
  renew(): Promise<string | undefined> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #renewOnce(): Promise<string | undefined> {
    const before = this.#tokens
    if (!before) return undefined
    const token = await this.#deps.renew(before.refreshToken)
    // Somebody logged in or out meanwhile: that is newer.
    if (this.#tokens !== before) return this.#tokens?.token
    const next = token === undefined ? undefined : { ...before, token }
    this.#deps.shelf.write(next)
    this.#take(next, next === undefined)
    return token
  }

  #take(tokens: StoredTokens | undefined, expired: boolean): void {
    this.#tokens = tokens
    this.#standing = this.#standingOf(expired)
    for (const listener of this.#listeners) listener()
  }

  #standingOf(expired: boolean): Standing {
    const claims = this.#tokens && readClaims(this.#tokens.token)
    return claims ? { kind: 'in', claims } : { kind: 'out', expired }
  }
}
