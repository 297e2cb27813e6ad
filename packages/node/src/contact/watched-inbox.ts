import { Inbox } from '@oakestra/session'
import type { Store } from '@oakestra/store'

type Message = Parameters<Inbox['apply']>[0]
type Applied = Awaited<ReturnType<Inbox['apply']>>

/** An inbox that tells when a document, or a change of one, was taken in. */
export class WatchedInbox extends Inbox {
  readonly #onTaken: () => void

  constructor(store: Store, onTaken: () => void) {
    super(store)
    this.#onTaken = onTaken
  }

  override async apply(message: Message): Promise<Applied> {
    const applied = await super.apply(message)
    if (applied?.ok) this.#onTaken()
    return applied
  }
}
