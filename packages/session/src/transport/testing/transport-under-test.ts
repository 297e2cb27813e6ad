import type { Channel, ChildTransport, JoinTransport, Listener, ListenHandlers, ParentTransport } from '../transport.ts'

/** A parent of nodes and its children, connected by links that can be cut silently. */
export interface TransportUnderTest extends AsyncDisposable {
  readonly parent: ParentTransport
  /** Each call makes another process of that child. */
  child(id: string): ChildTransport
  join(): JoinTransport
  cut(): void
  /** Undoes `cut` and `stall`. */
  restore(): void
  /** Connections carry nothing any more, while signs of life beside them do get through. */
  stall(): void
  /** The connections there are, and what is beside them, go silent for good; new ones work. */
  strand(): Promise<void>
}

/** What one part of the contract works with; the listener is disposed of after each test. */
export interface DoorSetup {
  listen(handlers?: Partial<ListenHandlers>): Promise<Listener>
  system(): TransportUnderTest
}

export const CHILD = '0123456789abcdef01234567'
export const OTHER = 'fedcba9876543210fedcba98'
export const never = new AbortController().signal

/** Listens, and gives what is heard from then on. */
export function heard(channel: Channel): string[] {
  const messages: string[] = []
  channel.onMessage((text) => void messages.push(text))
  return messages
}

/** Gives the reason of the end, once there is one. */
export function endOf(channel: Channel): string[] {
  const reasons: string[] = []
  channel.onClose(({ reason }) => void reasons.push(reason))
  return reasons
}
