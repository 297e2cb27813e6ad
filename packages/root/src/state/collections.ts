import type { Application, Cluster, DesiredInstance, ObservedInstance, Service } from '@oakestra/model'
import { jobName } from '@oakestra/model'
import type { Collection } from '@oakestra/store'
import { customObjects, customTypes } from '../custom-resources/custom-resource.ts'
import { auditEntries } from '../events/audit/audit.ts'
import { events } from '../events/events.ts'
import { hookDeliveries, hooks } from '../hooks/hook.ts'
import { takenOrders } from '../orders/taken-orders.ts'
import { clusterInterests, gatewayTroubles, knownPeers } from '../overlay/overlay-records.ts'
import { unclaimed } from '../unclaimed/unclaimed-instance.ts'
import { nameKey, numberKey, orderKey } from './order-keys.ts'

/** Words that decide what a user may do. `reference/orchestration.md` 2.3. */
export type Role = 'Admin' | 'Organization_Admin' | 'Application_Provider' | 'Infrastructure_Provider'

export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly passwordHash: string
  readonly createdAtMs: number
  /** True for a password that somebody else chose: the user interface asks for a new one. */
  readonly mustChangePassword: boolean
  /** Tokens from before a change of the password count no more. */
  readonly passwordChangedAtMs?: number
}

/** The organization of the first start: whoever names none at the login gets this one. */
export const DEFAULT_ORGANIZATION = 'root'

export interface Organization {
  readonly id: string
  readonly name: string
  readonly members: readonly { readonly userId: string; readonly roles: readonly Role[] }[]
}

/** A refresh token in force, so that it can be revoked. Only its id is kept. */
export interface RefreshGrant {
  readonly id: string
  readonly userId: string
  readonly expiresAtMs: number
}

/** A mailed way to a new password. Only the hash is kept: who reads the store can reset nothing. */
export interface PasswordReset {
  readonly tokenHash: string
  readonly userId: string
  readonly expiresAtMs: number
}

/** An address that is in use or rests before its next use. */
export interface AddressClaim {
  /** Canonical text form. */
  readonly address: string
  /** Service or instance it belongs to. */
  readonly ownerId: string
  /** Set when it was given back: it is not chosen again by itself before a quiet period is over. */
  readonly freedAtMs?: number
}

/** What the cluster last said about an instance. Written by the session with that cluster only. */
export interface ReportedInstance extends ObservedInstance {
  readonly clusterId: string
}

/** Small facts that outlive a restart, such as allocation pointers. */
export interface Fact {
  readonly key: string
  readonly value: string
}

export const users: Collection<User> = { name: 'users', key: (user) => user.id, indexes: { name: (user) => user.name } }
export const organizations: Collection<Organization> = {
  name: 'organizations',
  key: (organization) => organization.id,
  indexes: { name: (organization) => organization.name },
}
export const refreshGrants: Collection<RefreshGrant> = {
  name: 'refresh_grants',
  key: (grant) => grant.id,
  indexes: { userId: (grant) => grant.userId, expiresAtMs: (grant) => grant.expiresAtMs },
}
export const passwordResets: Collection<PasswordReset> = {
  name: 'password_resets',
  key: (reset) => reset.tokenHash,
  indexes: { userId: (reset) => reset.userId, expiresAtMs: (reset) => reset.expiresAtMs },
}
/** The one value of the indexes of isolated applications, and of services that admit some only. */
export const GUARDED = 'yes'

export const applications: Collection<Application> = {
  name: 'applications',
  key: (application) => application.id,
  indexes: {
    owner: (application) => application.owner,
    organizationId: (application) => application.organizationId,
    made: (application) => orderKey('', application),
    madeByOwner: (application) => orderKey(application.owner, application),
    madeInOrganization: ({ organizationId, ...made }) => (organizationId === undefined ? undefined : orderKey(organizationId, made)),
    nameOfOwner: ({ owner, namespace, name }) => nameKey(owner, namespace, name),
    isolated: ({ isolated }) => (isolated ? GUARDED : undefined),
  },
}
/** The one value of the index of services that nodes publish. */
export const PUBLISHED = 'yes'

export const services: Collection<Service> = {
  name: 'services',
  key: (service) => service.id,
  indexes: {
    applicationId: (service) => service.applicationId,
    madeInApplication: (service) => orderKey(service.applicationId, service),
    jobName,
    nameInApplication: ({ applicationId, descriptor: { namespace, name } }) => nameKey(applicationId, namespace, name),
    guarded: ({ admits }) => (admits ? GUARDED : undefined),
    published: ({ removing, descriptor }) => (descriptor.gateway && !removing ? PUBLISHED : undefined),
  },
}
export const instances: Collection<DesiredInstance> = {
  name: 'instances',
  key: (instance) => instance.id,
  indexes: {
    serviceId: (instance) => instance.serviceId,
    clusterId: (instance) => instance.clusterId,
    numberInService: ({ serviceId, number }) => numberKey(serviceId, number),
  },
}
export const reports: Collection<ReportedInstance> = {
  name: 'reports',
  key: (report) => report.instanceId,
  indexes: { clusterId: (report) => report.clusterId },
}
export const clusters: Collection<Cluster> = {
  name: 'clusters',
  key: (cluster) => cluster.id,
  indexes: { name: (cluster) => cluster.name },
}
export const addressClaims: Collection<AddressClaim> = {
  name: 'address_claims',
  key: (claim) => claim.address,
  indexes: { ownerId: (claim) => claim.ownerId, freedAtMs: (claim) => claim.freedAtMs },
}
export const facts: Collection<Fact> = { name: 'facts', key: (fact) => fact.key }

/** Every collection of root's store, in the order in which they were introduced. */
export const ROOT_COLLECTIONS = [
  users,
  organizations,
  refreshGrants,
  applications,
  services,
  instances,
  reports,
  clusters,
  addressClaims,
  facts,
  takenOrders,
  unclaimed,
  events,
  auditEntries,
  passwordResets,
  hooks,
  hookDeliveries,
  customTypes,
  customObjects,
  clusterInterests,
  knownPeers,
  gatewayTroubles,
] as const
