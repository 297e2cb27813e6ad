import type { Clock, IdGenerator, Logger } from '@oakestra/base'
import type { DesiredInstance } from '@oakestra/model'
import type { Outbox } from '@oakestra/session'

/** What it takes to take over what a cluster holds. */
export interface UnknownDeps {
  readonly outbox: Outbox
  /** To be called with what is about to be written: see `PeerBook.stage`. */
  readonly stage: (instance: DesiredInstance) => void
  readonly ids: IdGenerator
  readonly clock: Clock
  readonly logger: Logger
}
