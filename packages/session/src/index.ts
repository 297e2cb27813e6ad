export { type ChildSession, type ChildSessionOptions, createChildSession } from './child-session.ts'
export { INBOX_COLLECTIONS, Inbox, type InboxItem, inboxItems } from './document/inbox.ts'
export { OUTBOX_COLLECTIONS, Outbox, type OutboxEntry, outboxEntries, outboxKey } from './document/outbox.ts'
export { Gather } from './gather.ts'
export { joinStreams } from './join-streams.ts'
export { createParentSessions, type ObservedReport, type ParentHandlers, type ParentSessions } from './parent-sessions.ts'
export type { ObservedSource } from './reporter.ts'
export type {
  Admission,
  Channel,
  ChildKind,
  ChildTransport,
  ExpectedStream,
  JoinRequest,
  JoinTransport,
  Listener,
  ListenHandlers,
  ParentTransport,
  Peer,
} from './transport/transport.ts'
