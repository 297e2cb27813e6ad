import type { Store } from '@oakestra/store'

/**
 * Stands between one role and all that outlives it: its store, its machine, its kernel. A role that is killed at one of its
 * acts does not get to do that act, nor any other; what it did before stays done.
 */
export class CrashFence {
  #isDead = false
  #actsLeft = Number.POSITIVE_INFINITY
  #onDeath: () => void = () => undefined

  get isDead(): boolean {
    return this.#isDead
  }

  /** Kills the role when it is about to act for the `acts`th time from now; `onDeath` is told, once. */
  killAt(acts: number, onDeath: () => void): void {
    this.#actsLeft = acts
    this.#onDeath = onDeath
  }

  /** Kills the role now, between two acts. */
  kill(): void {
    this.#isDead = true
  }

  /** Calls off a kill that has not come. */
  spare(): void {
    this.#actsLeft = Number.POSITIVE_INFINITY
  }

  /** A new process of the role lives. */
  revive(): void {
    this.#isDead = false
    this.spare()
  }

  /** To be called before anything that changes what outlives the role. @throws Error when the role is dead */
  act(): void {
    this.look()
    this.#actsLeft -= 1
    if (this.#actsLeft > 0) return
    this.#isDead = true
    this.#onDeath()
    this.look()
  }

  /** The same for what only looks. */
  look(): void {
    if (this.#isDead) throw new Error('this process is dead')
  }
}

/** The store as a role sees it that may be killed. Disposing of it leaves the store open for the next process. */
export function fencedStore(store: Store, fence: CrashFence): Store {
  return {
    read: async (section) => {
      fence.look()
      return store.read(section)
    },
    write: async (section) => {
      fence.act()
      const result = await store.write(section)
      // Killed between the disk and the answer.
      fence.act()
      return result
    },
    onCommit: (listener) => store.onCommit((changes) => void (fence.isDead || listener(changes))),
    [Symbol.asyncDispose]: async () => undefined,
  }
}
