import type { Reader } from '@oakestra/store'
import { type Actor, isAdmin } from '../accounts/actor.ts'
import { accessTo } from '../state/application-access.ts'
import { applications, users } from '../state/collections.ts'
import type { StoredEvent } from './events.ts'

/** Things of the machinery that everybody who is signed in may list, and so may watch. */
const COMMON: ReadonlySet<string> = new Set(['cluster', 'node'])

/**
 * Which events somebody may see: those of applications the caller may see, by the rule of every other route, what happens to clusters
 * and nodes, what happens to the caller and to custom resources of the caller; Admins see all. Looks everything up once; make a new one to look again.
 */
export class EventSight {
  readonly #actor: Actor
  readonly #applications = new Map<string, boolean | undefined>()
  #createdAtMs: number | undefined

  constructor(actor: Actor) {
    this.#actor = actor
  }

  async sees(reader: Reader, event: StoredEvent): Promise<boolean> {
    const { applicationId, object } = event
    if (isAdmin(this.#actor)) return true
    if (applicationId === undefined) return COMMON.has(object.type) || this.#isOneself(object) || this.#ownedIt(reader, event)
    return (await this.seesApplication(reader, applicationId)) ?? this.#ownedIt(reader, event)
  }

  #isOneself({ type, id }: StoredEvent['object']): boolean {
    return type === 'user' && id === this.#actor.userId
  }

  /** Undefined when it is gone. */
  async seesApplication(reader: Reader, id: string): Promise<boolean | undefined> {
    if (!this.#applications.has(id)) {
      const application = await reader.get(applications, id)
      this.#applications.set(id, application && (await accessTo(reader, this.#actor, application)) !== 'none')
    }
    return this.#applications.get(id)
  }

  /** Applications belong to names: who took over the name of a user that is gone did not own what was before. */
  async #ownedIt(reader: Reader, { owner, timeMs }: StoredEvent): Promise<boolean> {
    if (owner !== this.#actor.name) return false
    this.#createdAtMs ??= (await reader.get(users, this.#actor.userId))?.createdAtMs ?? Number.POSITIVE_INFINITY
    return this.#createdAtMs <= timeMs
  }
}
