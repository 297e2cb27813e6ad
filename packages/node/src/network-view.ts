import type { Place } from '@oakestra/wire'
import type { LocalInstance } from './state.ts'

/** One instance as the network sees it. */
export interface NetworkMember {
  readonly local: LocalInstance
  readonly running: boolean
  /** It runs and, where that is asked, works. */
  readonly ready: boolean
}

/** Everything of this node that its network follows from. */
export interface NetworkView {
  readonly place: Place
  readonly members: readonly NetworkMember[]
}
