import type { InstanceSpec } from '@oakestra/model'
import { INBOX_COLLECTIONS } from '@oakestra/session'
import type { Collection } from '@oakestra/store'

/** How an instance ended for good under its present revision. */
export interface Ending {
  readonly state: 'completed' | 'failed'
  /** Absent when it did not end by itself. */
  readonly exitCode?: number
  readonly detail: string
}

/** What a node remembers of an instance, from before the first trace of it is made until the last one is gone. */
export interface LocalInstance {
  readonly id: string
  /** What is, or was last, run here: still needed to end it well when it is wanted no more. */
  readonly spec: InstanceSpec
  readonly namespaceV4: string
  readonly namespaceV6: string
  /** True while the network is, or may be, set up for it. */
  readonly attached: boolean
  /** Starts after the first, under this revision. */
  readonly restarts: number
  /** Failures and early exits in a row: they stretch the time to the next try. Forgotten once it ran well for a while. */
  readonly strikes: number
  /** True once the present process answered its health check well. */
  readonly healthy?: boolean
  /** The process whose end is decided and counted: it is stopped, whatever else happens, and not counted again. */
  readonly doomedPid?: number
  readonly startedAtMs?: number
  /** How many restarts had been asked for when its last process was started. */
  readonly startedUnder?: number
  /** Not started again before this time. */
  readonly notBeforeMs?: number
  /** Why it is not running: `failed` could not be started, `dead` ended. Absent when nothing is wrong. */
  readonly trouble?: { readonly state: 'failed' | 'dead'; readonly detail: string }
  /** Exit code of the last process that ended by itself. */
  readonly exitCode?: number
  /** When the process ended whose end was counted last, until the next one is started. */
  readonly countedExitMs?: number
  readonly ending?: Ending
}

/** A namespace address that rests after use, so that traffic for its last owner does not reach the next. */
export interface RestingAddress {
  readonly address: string
  readonly freedAtMs: number
}

/** When the cluster was last heard: wall time, in milliseconds since the epoch. */
export interface ContactRecord {
  readonly id: 'cluster'
  readonly heardAtMs: number
}

/** The private half of the key of this node's end of the tunnel: PKCS #8, base64. */
export interface TunnelKeyRecord {
  readonly id: 'own'
  readonly pkcs8: string
}

/** Which nodes a service is used on by a policy that keeps to the nearest; `key` names both. */
export interface PreferenceRecord {
  readonly key: string
  readonly leader: string
  readonly nodes: readonly string[]
}

/** A service that something on this node asked for by an address. */
export interface InterestRecord {
  readonly serviceId: string
}

/** The way to another node, where that is not as the control plane says. */
export interface PathRecord {
  readonly nodeId: string
  readonly kind: 'said' | 'seen' | 'relay'
  readonly address: string
  readonly port: number
  readonly via?: string
}

export const localInstances: Collection<LocalInstance> = { name: 'local_instances', key: (instance) => instance.id }
export const restingAddresses: Collection<RestingAddress> = { name: 'resting_addresses', key: (resting) => resting.address }
export const contactRecords: Collection<ContactRecord> = { name: 'contacts', key: (record) => record.id }
export const tunnelKeys: Collection<TunnelKeyRecord> = { name: 'tunnel_keys', key: (record) => record.id }
export const interestRecords: Collection<InterestRecord> = { name: 'overlay_interests', key: (record) => record.serviceId }
export const preferenceRecords: Collection<PreferenceRecord> = { name: 'overlay_preferences', key: (record) => record.key }
export const pathRecords: Collection<PathRecord> = { name: 'overlay_paths', key: (record) => record.nodeId }

/** Every collection of a node's store. */
export const NODE_COLLECTIONS = [
  ...INBOX_COLLECTIONS,
  localInstances,
  restingAddresses,
  contactRecords,
  tunnelKeys,
  interestRecords,
  preferenceRecords,
  pathRecords,
] as const
