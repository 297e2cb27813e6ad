export { NOTE_WORDS, type NoteWord, type ProbeMessage, parseProbe, renderProbe } from './probe.ts'
export { toWireApplication, type WireApplication, wireApplicationSchema } from './rest/application.ts'
export { toWireCluster, type WireCluster, wireClusterSchema } from './rest/cluster.ts'
export {
  type WireAuditEntry,
  type WireEvent,
  type WireInstanceSample,
  wireAuditEntrySchema,
  wireEventSchema,
  wireInstanceSampleSchema,
} from './rest/events.ts'
export { type InstanceView, toWireInstance, type WireInstance, wireInstanceSchema } from './rest/instance.ts'
export { type OrganizationView, toWireOrganization, type WireOrganization, wireOrganizationSchema } from './rest/organization.ts'
export { toWireRevision, type WireRevision, wireRevisionSchema } from './rest/revision.ts'
export { type ServiceView, toWireService, type WireService, wireServiceSchema } from './rest/service.ts'
export { type InstanceUsage, NO_USAGE, type Sample } from './rest/usage.ts'
export { toWireUser, type UserView, type WireUser, wireUserSchema } from './rest/user.ts'
export {
  applicationVersion,
  clusterVersion,
  nodeVersion,
  organizationVersion,
  serviceVersion,
  userVersion,
  versionOf,
  versionSchema,
} from './rest/version.ts'
export {
  clusterGatewayReportSchema,
  clusterGatewaySchema,
  gatewayItem,
  gatewayItemId,
  gatewayItemSchema,
  gatewayReportSchema,
} from './session/gateway.ts'
export {
  type DocumentHead,
  type DocumentItem,
  type DocumentMessage,
  HELD_ITEMS_METHOD,
  type HeldItems,
  heldItemsRequestSchema,
  heldItemsSchema,
  type NumberedMessage,
  type ObservedMessage,
  parseSessionMessage,
  parseWire,
  renderSessionMessage,
  SESSION_PROTOCOL,
  type SessionMessage,
} from './session/messages.ts'
export {
  type ChangeNode,
  changeNodeSchema,
  type DropInstance,
  dropInstanceSchema,
  type MoveInstance,
  moveInstanceSchema,
  type RemoveNode,
  removeNodeSchema,
  UNCLAIMED_MAX,
  type Unclaimed,
  unclaimedSchema,
} from './session/operations.ts'
export {
  type AddInstanceOrder,
  type AddServiceOrder,
  type ClusterOrder,
  clusterOrderSchema,
  ORDERS_KEPT_MAX,
  ORDERS_PER_PAGE,
  type OrderAnswer,
  type OrdersTaken,
  ordersTakenSchema,
  TAKE_ORDERS_METHOD,
  takeOrdersSchema,
} from './session/orders.ts'
export {
  clusterTableSchema,
  foreignInterestSchema,
  GATEWAY_KIND,
  INTEREST_KIND,
  interestItemId,
  interestSchema,
  isKnowledge,
  knowledgeItems,
  type OverlayKind,
  overlaySubject,
  PEER_KIND,
  peerItemId,
  peerItemSchema,
  RESOLVE_METHOD,
  type Resolved,
  reportedPeerSchema,
  resolvedSchema,
  resolveSchema,
  serviceTableSchema,
  TABLE_KIND,
  tableItemId,
} from './session/overlay.ts'
export { parsedOnce } from './session/parsed-once.ts'
export {
  type Addressing,
  type AddressStock,
  addressingSchema,
  clusterFactsSchema,
  instanceSpecSchema,
  nodeFactsSchema,
  nodeTokenRequestSchema,
  nodeViewSchema,
  type OpenLogs,
  observedInstanceSchema,
  openLogsSchema,
  type Place,
  placeSchema,
  type Samples,
  samplesSchema,
  type WireNode,
} from './session/values.ts'
