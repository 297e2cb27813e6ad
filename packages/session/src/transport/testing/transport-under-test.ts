import type { ChildTransport, JoinTransport, Listener, ListenHandlers, ParentTransport } from '../transport.ts'

/** A parent of nodes and its children, connected by links that can be cut silently. */
export interface TransportUnderTest extends AsyncDisposable {
  readonly parent: ParentTransport
  child(id: string): ChildTransport
  join(): JoinTransport
  cut(): void
  restore(): void
}

/** What one part of the contract works with; the listener is disposed of after each test. */
export interface DoorSetup {
  listen(handlers?: Partial<ListenHandlers>): Promise<Listener>
  system(): TransportUnderTest
}

export const CHILD = '0123456789abcdef01234567'
export const OTHER = 'fedcba9876543210fedcba98'
export const never = new AbortController().signal
