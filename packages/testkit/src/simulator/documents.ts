import type { FaultyStore } from './faulty-store.ts'

/*
 * What an observer reads in the stores of the roles, behind their backs: only the fields that invariants speak of.
 */

export interface RootInstance {
  readonly id: string
  readonly serviceId: string
  readonly number: number
  readonly clusterId?: string
  readonly removing: boolean
  readonly leaving?: object
  /** How often it was asked to be started again. */
  readonly restart?: { readonly asked: number }
  /** How it ended, where no cluster needs to know of it any more. */
  readonly ended?: Report
  readonly addresses: { readonly v4: string; readonly v6: string }
  /** Absent: that of its service. */
  readonly revision?: number
}

export interface RootService {
  readonly id: string
  readonly revision: number
  readonly replicas?: number
  readonly descriptor: { readonly environment: readonly string[] }
  readonly rollout?: { readonly state: string; readonly detail: string }
}

export interface Report {
  readonly instanceId: string
  readonly state: string
  readonly detail: string
  readonly clusterId?: string
  readonly nodeId?: string
}

export interface Placement {
  readonly instanceId: string
  readonly nodeId: string
  readonly departure?: { readonly cause: string }
}

export interface LocalInstance {
  readonly id: string
  readonly namespaceV4: string
  readonly namespaceV6: string
}

export interface DocumentItem {
  readonly id: string
  readonly kind: string
  readonly body: unknown
}

export interface OutboxEntry {
  readonly childId: string
  readonly item: DocumentItem
  readonly removed: boolean
}

export interface AddressClaim {
  readonly address: string
  readonly ownerId: string
  readonly freedAtMs?: number
}

const collection = <T>(name: string) => ({ all: (store: FaultyStore) => store.raw.peek<T>({ name }), name })

export const rootInstances = collection<RootInstance>('instances')
export const rootReports = collection<Report>('reports')
export const rootServices = collection<RootService>('services')
/** What a root found at its children and cannot say whose it is. */
export const rootUnclaimed = collection<object>('unclaimed_instances')
export const addressClaims = collection<AddressClaim>('address_claims')
export const placements = collection<Placement>('placements')
export const nodeReports = collection<Report>('node_reports')
export const inboxItems = collection<DocumentItem>('inbox_items')
export const outboxEntries = collection<OutboxEntry>('outbox_entries')
export const localInstances = collection<LocalInstance>('local_instances')

/** One document by its key. */
export function documentAt<T>({ name }: { all: (store: FaultyStore) => readonly T[]; name: string }, store: FaultyStore, key: string) {
  return store.raw.peekAt<T>({ name }, key)
}
