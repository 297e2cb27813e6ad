import type { Duplex } from 'node:stream'
import type { ChildKind } from '@oakestra/pki'
import type { Departure } from '../liveness.ts'

export type { ChildKind } from '@oakestra/pki'

/** The far end of a connection, proven by its certificate before anything else is said. */
export interface Peer {
  readonly kind: 'root' | ChildKind
  /** 24 hex digits of a child; empty for a parent, which is known by its authority and not by an id. */
  readonly id: string
  /** Where the far end was seen, as `host:port`; for people and logs, never for decisions. */
  readonly address: string
}

/** How a connection ended, as one of its ends sees it. */
export interface ConnectionEnd {
  readonly how: Departure
  readonly reason: string
  /** For how long nothing had been heard when it ended. */
  readonly silentMs: number
}

/**
 * One ordered, reliable, message-framed connection between a child and its parent, both proven.
 * Messages arrive whole and in the order of sending, or the channel closes: nothing is lost in between.
 */
export interface Channel {
  readonly peer: Peer
  /** Bytes accepted by `send` that have not left for the network yet. */
  readonly bufferedBytes: number
  /** Milliseconds since anything, also a sign of life, was heard from the far end. */
  readonly silentMs: number
  /**
   * Queues one message. On a channel that is closed it does nothing: `onClose` has told, or will.
   * Closes the channel when the far end reads too slowly (`LIMITS.sessionBufferedBytes`).
   * @throws OakError `limit-exceeded` above `LIMITS.sessionMessageBytes`; the channel stays as it is
   */
  send(text: string): void
  /** Sets the one listener. Nothing is read before there is one, so no message is missed. */
  onMessage(listener: (text: string) => void): void
  /** Sets the one listener; it hears of the end exactly once, never inside `close` or `onClose`, also when the end came before. */
  onClose(listener: (end: ConnectionEnd) => void): void
  /**
   * Ends the channel after what was sent; no message is delivered any more. The far end hears `reason`, of which some 120 bytes pass.
   * @param how `left` when this end goes on purpose and will be back, or not; both ends hear that
   */
  close(reason: string, how?: 'closed' | 'left'): void
}

/** A child's wish to belong, carried by a connection whose server end is proven and whose client end is not. */
export interface JoinRequest {
  readonly tokenId: string
  readonly secret: string
  readonly kind: ChildKind
  /** What the child calls itself; unchecked words from outside. */
  readonly name: string
  /** PKCS #10: the child's public key and the proof that it holds the private one. */
  readonly csrPem: string
}

/** What a child belongs with from now on. */
export interface Admission {
  readonly id: string
  readonly certificatePem: string
  readonly caPem: string
}

/** A stream that a child was, or is about to be, asked to open. */
export interface ExpectedStream {
  /** Unguessable, good for one opening by one child. */
  readonly id: string
  /** Rejects with `deadline-exceeded` or `aborted`, or `unavailable` when the listener ends. */
  readonly opened: Promise<Duplex>
}

export interface ExpectStreamOptions {
  readonly childId: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Called by a listener. None of these may throw, except `admit`, whose `OakError` becomes the child's answer. */
export interface ListenHandlers {
  /**
   * A child is connected. An older channel of the same child has closed before, and told so. A child of another incarnation
   * does not get in while the older one is alive: then a machine was cloned (`conflict`).
   */
  onChannel(channel: Channel): void
  /** Whether a child with a good certificate is still welcome; false for one that was removed. Everybody is when absent. */
  accepts?(peer: Peer): boolean | Promise<boolean>
  /** Decides on a stranger with a token. Nobody can join when absent. */
  admit?(request: JoinRequest, address: string): Promise<Admission>
}

/** A parent's open door. Disposing of it closes every channel and stream. */
export interface Listener extends AsyncDisposable {
  readonly port: number
  /** Makes a stream id to tell the child; its stream arrives in `opened`. */
  expectStream(options: ExpectStreamOptions): ExpectedStream
}

/** The parent's side of a hop. */
export interface ParentTransport {
  /** @throws OakError `port-in-use` */
  listen(handlers: ListenHandlers): Promise<Listener>
}

/** The side of a child that belongs to its parent. */
export interface ChildTransport {
  /**
   * Makes one attempt at every known address of the parent. Repeating, with backoff, is the caller's.
   * @throws OakError `unavailable` (cannot be reached), `unauthenticated` (either end is not who it should be),
   * `forbidden` (no longer welcome), `conflict` (another machine uses this identity), `aborted`
   */
  connect(signal: AbortSignal): Promise<Channel>
  /**
   * Opens a stream that the parent asked for; bytes both ways, each with its own back-pressure.
   * @throws OakError like `connect`, and `not-found` for an id that is not expected (any more)
   */
  openStream(streamId: string, signal: AbortSignal): Promise<Duplex>
}

/** The side of a child that does not belong yet. */
export interface JoinTransport {
  /**
   * Proves the parent by the token's CA hash, then, and only then, tells it the secret. Safe to repeat with the same key.
   * @throws OakError `unauthenticated` (not the parent the token speaks of), `forbidden` (token refused), `unavailable`, `aborted`
   */
  join(request: JoinRequest, signal: AbortSignal): Promise<Admission>
}
