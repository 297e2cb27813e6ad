import { toWireOrganization, wireOrganizationSchema } from '@oakestra/wire'
import { z } from 'zod'
import { findOrganization, organizationsSeenBy } from '../../state/operations-organizations.ts'
import { answerPage, pageOf } from '../paging/page.ts'
import { pageQuery } from '../paging/page-query.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { answerVersioned } from '../versions/version.ts'

export const listOrganizations = defineRoute({
  method: 'GET',
  path: '/api/organization',
  tag: 'organizations',
  summary: 'List all organizations, or for an Organization_Admin its own',
  permission: anyOf('Admin', 'Organization_Admin'),
  query: pageQuery,
  answer: z.array(wireOrganizationSchema),
  handle: (deps, call) =>
    deps.store.read(async (reader) => {
      const page = pageOf(await organizationsSeenBy(reader, call.actor), call.query, ({ id }) => id)
      return answerPage(page, page.items.map(toWireOrganization))
    }),
})

export const getOrganization = defineRoute({
  method: 'GET',
  path: '/api/organization/:organizationId',
  tag: 'organizations',
  summary: 'Show an organization',
  permission: anyOf('Admin', 'Organization_Admin'),
  answer: wireOrganizationSchema,
  handle: (deps, call) =>
    deps.store.read(async (reader) =>
      answerVersioned(toWireOrganization(await findOrganization(reader, call.actor, call.params.organizationId))),
    ),
})
