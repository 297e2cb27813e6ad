import { Inbox } from '@oakestra/session'
import type { Store } from '@oakestra/store'

type Message = Parameters<Inbox['apply']>[0]
type Applied = Awaited<ReturnType<Inbox['apply']>>

export interface InboxEvents {
  /** A new connection to the cluster begins. */
  connected(): void
  /** A document, or a change of it, was taken in over the present connection. */
  heard(): void
}

/** An inbox that tells when the cluster spoke. */
export class WatchedInbox extends Inbox {
  readonly #events: InboxEvents

  constructor(store: Store, events: InboxEvents) {
    super(store)
    this.#events = events
  }

  override startOver(): void {
    this.#events.connected()
    super.startOver()
  }

  override async apply(message: Message): Promise<Applied> {
    const applied = await super.apply(message)
    if (applied?.ok) this.#events.heard()
    return applied
  }
}
