export type { Application } from './application.ts'
export type { Cluster, ClusterFacts, NodeStates, Slot } from './cluster.ts'
export {
  EVENT_KINDS,
  EVENT_OBJECTS,
  type EventActor,
  type EventDetails,
  type EventKind,
  type EventObject,
  type EventObjectType,
  type RecordedEvent,
} from './event.ts'
export {
  type ClusterGateway,
  type ClusterGatewayReport,
  contestedPort,
  GATEWAY_FAULTS_MAX,
  type GatewayFault,
  type GatewayItem,
  type GatewayReport,
  isChosenGateway,
} from './gateway.ts'
export type { GeoArea, GeoPoint, NetworkCoordinates } from './geo.ts'
export {
  type DesiredInstance,
  hasEndedForGood,
  type InstanceAddresses,
  type InstanceSpec,
  isReady,
  type Leaving,
  type ObservedInstance,
  type ObservedState,
  type Rejection,
  type RestartWish,
  type RevisionChange,
  type ServiceAddress,
  type Usage,
} from './instance.ts'
export type { Node, NodeFacts } from './node.ts'
export { type ChildKnowledge, planTables, TABLE_INSTANCES_MAX } from './overlay/plan-tables.ts'
export { OverlayWorld, type Seat, type WorldNode, type WorldService } from './overlay/world.ts'
export type {
  ClusterTable,
  ForeignInterest,
  Interest,
  PeerItem,
  ReportedPeer,
  ServiceName,
  ServiceTable,
  TableInstance,
  TunnelEndpoint,
  TunnelFacts,
} from './overlay.ts'
export { type Process, processOf } from './process.ts'
export { jobName, type Rollout, type Service, type ServiceRevision } from './service.ts'
export { spanText } from './span-text.ts'
export { instanceStatus, STATUS_WORDS, type StatusFacts, type StatusView, type StatusWord, serviceStatus } from './status.ts'
export { COORDINATES_AT_START, estimateRttMs, isCertain, updateCoordinates, VIVALDI_DIMENSIONS } from './vivaldi.ts'
