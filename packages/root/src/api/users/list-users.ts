import { wireUserSchema } from '@oakestra/wire'
import { z } from 'zod'
import { membersOf, usersSeenBy } from '../../state/operations-users.ts'
import { answerPage, pageOf } from '../paging/page.ts'
import { pageQuery } from '../paging/page-query.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { userAnswer } from './user-answer.ts'

export const listUsers = defineRoute({
  method: 'GET',
  path: '/api/users',
  tag: 'users',
  summary: 'List all users, or for an Organization_Admin those of its organization',
  permission: anyOf('Admin', 'Organization_Admin'),
  query: pageQuery,
  answer: z.array(wireUserSchema),
  handle: (deps, call) =>
    deps.store.read(async (reader) => {
      const page = pageOf(await usersSeenBy(reader, call.actor), call.query, ({ user }) => user.id)
      return answerPage(
        page,
        page.items.map((seen) => userAnswer(call.actor, seen)),
      )
    }),
})

export const listOrganizationUsers = defineRoute({
  method: 'GET',
  path: '/api/users/:organizationId',
  tag: 'users',
  summary: 'List the members of an organization with their roles in it',
  description: 'An organization that does not exist has no members, as upstream has it.',
  permission: anyOf('Admin', 'Organization_Admin'),
  query: pageQuery,
  answer: z.array(wireUserSchema),
  async handle(deps, call) {
    const { organizationId } = call.params
    const members = await deps.store.read((reader) => membersOf(reader, call.actor, organizationId))
    const page = pageOf(members, call.query, ({ user }) => user.id)
    return answerPage(
      page,
      page.items.map((seen) => userAnswer(call.actor, seen, organizationId)),
    )
  },
})
