import type { Clock, Logger } from '@oakestra/base'
import type { Collection, Store, Writer } from '@oakestra/store'
import { enqueue } from './enqueue.ts'
import { type Hook, hooks } from './hook.ts'
import type { HookBook } from './hook-book.ts'
import { type DocumentChange, WATCHED } from './watched.ts'

export interface WatchingDeps {
  readonly book: HookBook
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * A store that keeps what hooks are to hear together with what changes, whoever changes it: operations of users, reconcilers,
 * reports of clusters. Without a hook that listens it does nothing.
 */
export function watchingStore(store: Store, deps: WatchingDeps): Store {
  return {
    read: (section) => store.read(section),
    onCommit: (listener) => store.onCommit(listener),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    async write(section) {
      let recorder: Recorder | undefined
      const result = await store.write(async (writer) => {
        recorder = new Recorder(writer, deps.book)
        const answer = await section(recorder.writer)
        await recorder.enqueue(deps)
        return answer
      })
      recorder?.committed()
      return result
    },
  }
}

/** Looks over the shoulder of a writer. */
class Recorder {
  readonly writer: Writer
  readonly #inner: Writer
  readonly #book: HookBook
  readonly #isListening: boolean
  /** By collection, then key. */
  readonly #changes = new Map<string, Map<string, DocumentChange<unknown>>>()
  readonly #hooks = new Map<string, Hook | undefined>()

  constructor(inner: Writer, book: HookBook) {
    this.#inner = inner
    this.#book = book
    this.#isListening = book.listeners().length > 0
    this.writer = {
      get: (collection, key) => inner.get(collection, key),
      list: (collection, query) => inner.list(collection, query),
      count: (collection, query) => inner.count(collection, query),
      put: (collection, document) => this.#put(collection, document),
      remove: (collection, key) => this.#remove(collection, key),
    }
  }

  async enqueue({ book, clock, logger }: WatchingDeps): Promise<void> {
    if (this.#changes.size === 0) return
    const deps = { book, nowMs: clock.wallMs(), logger }
    for (const [name, byKey] of this.#changes) {
      for (const change of byKey.values()) {
        const news = await WATCHED.get(name)?.(change, this.#inner)
        if (news) await enqueue(this.#inner, news, deps)
      }
    }
  }

  /** What became of the hooks themselves counts from now on. */
  committed(): void {
    for (const [id, hook] of this.#hooks) {
      if (hook) this.#book.put(hook)
      else this.#book.remove(id)
    }
  }

  #put<T>(collection: Collection<T>, document: T): Promise<void> {
    if (!this.#isWatched(collection) && collection.name !== hooks.name) return this.#inner.put(collection, document)
    return this.#putWatched(collection, document)
  }

  async #putWatched<T>(collection: Collection<T>, document: T): Promise<void> {
    const key = collection.key(document)
    if (this.#isWatched(collection)) this.#note(collection.name, key, await this.#inner.get(collection, key), document)
    await this.#inner.put(collection, document)
    if (collection.name === hooks.name) this.#hooks.set(key, document as Hook)
  }

  async #remove<T>(collection: Collection<T>, key: string): Promise<void> {
    if (this.#isWatched(collection)) this.#note(collection.name, key, await this.#inner.get(collection, key), undefined)
    await this.#inner.remove(collection, key)
    if (collection.name === hooks.name) this.#hooks.set(key, undefined)
  }

  #isWatched<T>({ name }: Collection<T>): boolean {
    return this.#isListening && WATCHED.has(name)
  }

  #note(collection: string, key: string, before: unknown, after: unknown): void {
    const byKey = this.#changes.get(collection) ?? new Map<string, DocumentChange<unknown>>()
    this.#changes.set(collection, byKey)
    const known = byKey.get(key)
    byKey.set(key, { before: known ? known.before : before, after })
  }
}
