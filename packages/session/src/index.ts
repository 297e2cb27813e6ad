export { type ChildSession, type ChildSessionOptions, createChildSession } from './child-session.ts'
export { connectionMetric } from './connection-metric.ts'
export { INBOX_COLLECTIONS, Inbox, type InboxItem, inboxItems } from './document/inbox.ts'
export { KeptItems, type KeptItemsOptions } from './document/kept-items.ts'
export { OUTBOX_COLLECTIONS, Outbox, type OutboxEntry, outboxEntries, outboxKey } from './document/outbox.ts'
export { Gather } from './gather.ts'
export { joinStreams } from './join-streams.ts'
export { jointSource } from './joint-source.ts'
export { type Brake, type Departure, Liveness, type LivenessOptions, type Presence } from './liveness.ts'
export {
  type ObservedRecords,
  type ObservedTaker,
  type ObservedTakers,
  takeObserved,
  takeObservedByKind,
  takerOf,
} from './observed-records.ts'
export { OVERLAY_RHYTHM, type OverlayFeed, OverlayTeller, type OverlayTellerOptions } from './overlay-teller.ts'
export type { ObservedReport, ParentHandlers } from './parent-options.ts'
export { createParentSessions, type ParentSessions } from './parent-sessions.ts'
export { type Renewable } from './renewal.ts'
export type { ObservedSource } from './reporter.ts'
export { type JoinParentOptions, joinParent } from './transport/join-parent.ts'
export { defaultTiming, type Timing } from './transport/timing.ts'
export type {
  Admission,
  Channel,
  ChildKind,
  ChildTransport,
  ConnectionEnd,
  ExpectedStream,
  ExpectStreamOptions,
  JoinRequest,
  JoinTransport,
  Listener,
  ListenHandlers,
  ParentTransport,
  Peer,
} from './transport/transport.ts'
export { createWsChildTransport, type WsChildOptions } from './transport/ws-child-transport.ts'
export { createWsJoinTransport, type WsJoinOptions } from './transport/ws-join-transport.ts'
export { createWsParentTransport, type WsParentOptions } from './transport/ws-parent-transport.ts'
