import { hash } from 'node:crypto'
import { type CanonicalValue, canonicalJson } from '@oakestra/base'
import type { Application, Cluster, Service } from '@oakestra/model'
import { z } from 'zod'
import type { OrganizationView } from './organization.ts'
import type { UserView } from './user.ts'

/*
 * Versions of what people edit: made from what can be edited and from nothing else, so that a status that changes by
 * itself stands in nobody's way. Equal content has the same version, however it came to be.
 */

/** 64 bits: guards against mistakes, of which there are few at a time. */
const VERSION_LENGTH = 16

export const versionSchema = z.string().describe('Differs when what can be edited differs: for If-Match.')

/** The version of any content that is JSON. */
export function versionOf(content: unknown): string {
  return hash('sha256', canonicalJson(content as CanonicalValue), 'hex').slice(0, VERSION_LENGTH)
}

/** An application with the services in it. */
export function applicationVersion(application: Application, serviceIds: readonly string[]): string {
  return versionOf([application, serviceIds.toSorted()])
}

/** What a service shall be; not how far its instances are. */
export function serviceVersion({ revision, replicas, descriptor }: Service): string {
  return versionOf([revision, replicas ?? null, descriptor])
}

/** What operators decided about a cluster. */
export function clusterVersion({ id, cordoned, removing, labels }: Pick<Cluster, 'id' | 'cordoned' | 'removing' | 'labels'>): string {
  return versionOf([id, cordoned ?? false, removing ?? false, labels ?? []])
}

/** What operators decided about a node, and how it describes itself. */
export function nodeVersion(node: {
  readonly id: string
  readonly cordoned?: boolean
  readonly draining?: boolean
  readonly removing?: boolean
  readonly labels?: readonly string[]
}): string {
  const { id, cordoned, draining, removing, labels } = node
  return versionOf([id, cordoned ?? false, draining ?? false, removing ?? false, labels?.toSorted() ?? []])
}

/** A user as an organization sees it. */
export function userVersion({ id, name, email, roles, organizationId }: UserView): string {
  return versionOf([id, name, email, roles.toSorted(), organizationId])
}

/** An organization with its members. */
export function organizationVersion({ id, name, members }: OrganizationView): string {
  return versionOf([id, name, members])
}
