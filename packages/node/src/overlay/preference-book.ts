import { type Logger, toOakError } from '@oakestra/base'
import type { Store } from '@oakestra/store'
import { type PreferenceRecord, preferenceRecords } from '../state.ts'
import type { Preferences } from './plan-services.ts'
import type { Preference } from './preference.ts'

/** Which nodes each service is used on, also over a restart of the agent: nothing about the traffic shall change by that. */
export class PreferenceBook {
  readonly #store: Store
  readonly #logger: Logger
  #current: Preferences = new Map()

  constructor(store: Store, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  async load(): Promise<void> {
    const records = await this.#store.read((reader) => reader.list(preferenceRecords))
    this.#current = new Map(records.map(({ key, leader, nodes }) => [key, { leader, nodes: new Set(nodes) }]))
  }

  get current(): Preferences {
    return this.#current
  }

  get isEmpty(): boolean {
    return this.#current.size === 0
  }

  /** What is decided counts at once; what of it changed is written down when there is time. */
  take(next: Preferences): void {
    const before = this.#current
    if (next === before) return
    this.#current = next
    const gone = [...before.keys()].filter((key) => !next.has(key))
    const put = [...next]
      .filter(([key, preference]) => !isSame(before.get(key), preference))
      .map(([key, preference]) => recordOf(key, preference))
    if (gone.length + put.length > 0) void this.#write(put, gone)
  }

  async #write(put: readonly PreferenceRecord[], gone: readonly string[]): Promise<void> {
    try {
      await this.#store.write(async (writer) => {
        for (const record of put) await writer.put(preferenceRecords, record)
        for (const key of gone) await writer.remove(preferenceRecords, key)
      })
    } catch (thrown) {
      this.#logger.debug('could not note which nodes are near', { err: toOakError(thrown).message })
    }
  }
}

function recordOf(key: string, { leader, nodes }: Preference): PreferenceRecord {
  return { key, leader, nodes: [...nodes] }
}

function isSame(a: Preference | undefined, b: Preference): boolean {
  return a?.leader === b.leader && a.nodes.size === b.nodes.size && [...b.nodes].every((node) => a.nodes.has(node))
}
