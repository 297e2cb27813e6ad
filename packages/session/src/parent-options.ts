import type { Clock, Logger } from '@oakestra/base'
import type { Authority } from '@oakestra/pki'
import type { Store, Writer } from '@oakestra/store'
import type { DocumentItem } from '@oakestra/wire'
import type { Outbox } from './document/outbox.ts'
import type { ConnectionEnd, ParentTransport } from './transport/transport.ts'

/** What one `observed` report says, whole: `all` replaces everything the child said before. */
export interface ObservedReport {
  readonly mode: 'all' | 'change'
  /** The child has taken in this generation of its document. */
  readonly generation: number
  readonly put: readonly unknown[]
  readonly gone: readonly string[]
}

/** What a parent does with what its children say. A thrown error ends that child's connection, and only that. */
export interface ParentHandlers {
  /** The child is there; called before anything else of it is passed on. */
  onConnected(childId: string, facts: unknown, address: string): Promise<void>
  onDisconnected(childId: string, end: ConnectionEnd): void
  onFacts(childId: string, facts: unknown): Promise<void>
  /** Called inside the transaction that also settles the child's document. */
  onObserved(writer: Writer, childId: string, report: ObservedReport): Promise<void>
  onSamples(childId: string, body: unknown): void
  /**
   * The child holds a document that this parent does not know: this parent's store is from the past, or the child has joined from another
   * parent. Called with everything it holds, before it is sent the document of this parent, in which what is absent ends: what shall go
   * on has to be put into the outbox here. By default that is all this parent knows nothing of (`Outbox.adopt`).
   */
  onUnknownDocument?(writer: Writer, childId: string, items: readonly DocumentItem[]): Promise<void>
  onRequest(childId: string, method: string, params: unknown): Promise<unknown>
}

export interface ParentSessionsOptions {
  readonly transport: ParentTransport
  readonly store: Store
  readonly outbox: Outbox
  readonly handlers: ParentHandlers
  /** Vouches for children: those that join, and those whose certificate runs out. */
  readonly authority: Authority
  readonly admission: {
    /** Puts the record of a child that joins, in the transaction that spends its token, and gives its id. */
    enlist(writer: Writer, child: { readonly name: string }): Promise<string>
    /** False for a child that was removed. */
    isWelcome(childId: string): Promise<boolean>
  }
  readonly clock: Clock
  readonly logger: Logger
}
