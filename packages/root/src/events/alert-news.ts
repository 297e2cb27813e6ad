import type { Actor } from '../accounts/actor.ts'
import type { Role } from '../state/collections.ts'
import { serverEvent } from './server-event.ts'

/** Who looks after the machines, and so is told how they are. */
export const INFRASTRUCTURE_ROLES: readonly Role[] = ['Admin', 'Infrastructure_Provider']

/** Alerts of the process around root. */
export interface AlertSource {
  /** Those that are firing, the most urgent first, as they are shown to people. */
  firing(): readonly object[]
  /** Calls `changed` when one began or is over. Returns how to unsubscribe. */
  subscribe(changed: () => void): () => void
}

/** Those that are sent in full; the others are counted. A page shows fewer. */
const SENT_MAX = 20

/** What one watcher is told of alerts: how it is when it begins, and whenever that changes. */
export class AlertNews {
  readonly #source: AlertSource | undefined
  #isNew = true

  /** @param source absent: nobody watches for alerts here, and nothing is told */
  constructor(source: AlertSource | undefined) {
    this.#source = source
  }

  listen(wake: () => void): () => void {
    const changed = () => {
      this.#isNew = true
      wake()
    }
    return this.#source?.subscribe(changed) ?? (() => undefined)
  }

  /** What there is to send; empty when `actor` knows it, or may not. */
  take(actor: Actor): string {
    if (!this.#source || !this.#isNew || !actor.roles.some((role) => INFRASTRUCTURE_ROLES.includes(role))) return ''
    this.#isNew = false
    const firing = this.#source.firing()
    return serverEvent('alerts', { firing: firing.length, alerts: firing.slice(0, SENT_MAX) })
  }
}
