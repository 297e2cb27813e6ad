import { OakError } from '@oakestra/base'
import type { Session } from '../../session/session.ts'

/** What this page talks to. A cluster alone has no users: whoever runs its machine has its token. */
export type Tier = { readonly kind: 'root' } | { readonly kind: 'cluster'; readonly name: string }

const KEY = 'oakestra.cluster-token'

/** Asks the address that the page came from what is behind it. @throws OakError `unavailable` */
export async function askTier(signal: AbortSignal): Promise<Tier> {
  try {
    // Open at root, and unknown at a cluster.
    const asRoot = await fetch('/api/status', { signal })
    if (asRoot.ok) return { kind: 'root' }
    const answer = await fetch('/api/cluster/status', { signal })
    if (!answer.ok) throw new OakError('unavailable', `it answered with status ${answer.status}`)
    const { cluster_name: name } = (await answer.json()) as { readonly cluster_name?: string }
    return { kind: 'cluster', name: name ?? 'cluster' }
  } catch (thrown) {
    throw thrown instanceof OakError
      ? thrown
      : new OakError('unavailable', 'nothing answers at the address of this page', { cause: thrown })
  }
}

/** Something to show at the door, and how it is told that it is no longer taken. */
export interface Pass {
  token(): Promise<string | undefined>
  /** The token was refused. True when there is another one now. */
  refused(): Promise<boolean>
  /** Ends it, in this browser. */
  leave(): void
}

export function rootPass(session: Session): Pass {
  return {
    token: () => session.token(),
    refused: async () => (await session.renew()) !== undefined,
    leave: () => session.logOut(),
  }
}

/** Kept for as long as the tab is open: it opens more than a login does, and does not end by itself. */
export class ClusterToken implements Pass {
  readonly #listeners = new Set<() => void>()
  #token = window.sessionStorage.getItem(KEY) ?? undefined

  current(): string | undefined {
    return this.#token
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  enter(token: string): void {
    window.sessionStorage.setItem(KEY, token)
    this.#set(token)
  }

  async token(): Promise<string | undefined> {
    return this.#token
  }

  async refused(): Promise<boolean> {
    this.leave()
    return false
  }

  leave(): void {
    window.sessionStorage.removeItem(KEY)
    this.#set(undefined)
  }

  #set(token: string | undefined): void {
    this.#token = token
    for (const listener of this.#listeners) listener()
  }
}
