import { toWireOrganization, wireOrganizationSchema } from '@oakestra/wire'
import { z } from 'zod'
import { findOrganization, organizationsSeenBy } from '../../state/operations-organizations.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const listOrganizations = defineRoute({
  method: 'GET',
  path: '/api/organization',
  tag: 'organizations',
  summary: 'List all organizations, or for an Organization_Admin its own',
  permission: anyOf('Admin', 'Organization_Admin'),
  answer: z.array(wireOrganizationSchema),
  handle: (deps, call) => deps.store.read(async (reader) => (await organizationsSeenBy(reader, call.actor)).map(toWireOrganization)),
})

export const getOrganization = defineRoute({
  method: 'GET',
  path: '/api/organization/:organizationId',
  tag: 'organizations',
  summary: 'Show an organization',
  permission: anyOf('Admin', 'Organization_Admin'),
  answer: wireOrganizationSchema,
  handle: (deps, call) =>
    deps.store.read(async (reader) => toWireOrganization(await findOrganization(reader, call.actor, call.params.organizationId))),
})
