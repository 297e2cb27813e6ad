import { z } from 'zod'
import { updateOrganization as updateIt } from '../../state/operations-organizations.ts'
import { schemaBody } from '../bodies.ts'
import { messageSchema } from '../messages.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardOrganization } from '../versions/guards.ts'
import { memberList, membersOfBody, organizationName } from './organization-fields.ts'

const body = z
  .looseObject(
    { name: organizationName.nullish(), member: memberList.nullish().describe('All of them; they replace those there are.') },
    { error: 'an object with name or member' },
  )
  .meta({ id: 'OrganizationChange' })

export const updateOrganization = defineRoute({
  method: 'PUT',
  path: '/api/organization/:organizationId',
  tag: 'organizations',
  summary: 'Rename an organization, or change its members and their roles',
  description: 'An Organization_Admin changes its own one, without adding users or touching the roles that only Admins give.',
  permission: anyOf('Admin', 'Organization_Admin'),
  body: schemaBody(body),
  answer: messageSchema,
  ifMatch: true,
  async handle(deps, call) {
    const { name, member } = call.body
    const change = { name: name ?? undefined, members: member ? membersOfBody(member) : undefined }
    await deps.store.write(async (writer) => {
      await guardOrganization(writer, call, call.params.organizationId)
      await updateIt(writer, call.actor, call.params.organizationId, change)
    })
    return { message: 'Organization is updated' }
  },
})
