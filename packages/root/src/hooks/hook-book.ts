import type { Reader } from '@oakestra/store'
import { type Hook, type HookEvent, hooks } from './hook.ts'
import { type HookSubject, isAbout } from './hook-subject.ts'

/** The hooks there are, in memory: every change asks for them, and there are few. */
export class HookBook {
  #hooks: readonly Hook[] = []

  async load(reader: Reader): Promise<void> {
    this.#keep(await reader.list(hooks))
  }

  put(hook: Hook): void {
    this.#keep([...this.#hooks.filter(({ id }) => id !== hook.id), hook])
  }

  remove(id: string): void {
    this.#keep(this.#hooks.filter((hook) => hook.id !== id))
  }

  get(id: string): Hook | undefined {
    return this.#hooks.find((hook) => hook.id === id)
  }

  /** Those that want to know, in the order of their making. */
  wanting(event: HookEvent, subject: HookSubject): readonly Hook[] {
    return this.#hooks.filter((hook) => hook.events.includes(event) && isAbout(hook.entity, subject))
  }

  /** Ids of those that are told afterwards. */
  listeners(): readonly string[] {
    return this.#hooks.filter(({ events }) => events.some((event) => event.startsWith('post_'))).map(({ id }) => id)
  }

  /** True when anybody is told of changes of this kind afterwards. */
  hasListeners(kind: string): boolean {
    return this.#hooks.some(({ entity, events }) => isAbout(entity, { kind }) && events.some((event) => event.startsWith('post_')))
  }

  #keep(all: readonly Hook[]): void {
    this.#hooks = all.toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1))
  }
}
