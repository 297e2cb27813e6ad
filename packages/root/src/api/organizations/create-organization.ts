import { z } from 'zod'
import { createOrganization as createIt } from '../../state/operations-organizations.ts'
import { Answered } from '../answered.ts'
import { schemaBody } from '../bodies.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { memberList, membersOfBody, organizationName } from './organization-fields.ts'

const body = z
  .looseObject({ name: organizationName, member: memberList.nullish() }, { error: 'an object with name' })
  .meta({ id: 'NewOrganization' })

/**
 * The one answer that is JSON within JSON: the released dashboard reads a text anew, and makes the address of its next
 * call out of what it finds. `reference/experience.md` 1.5.
 */
export const createOrganization = defineRoute({
  method: 'POST',
  path: '/api/organization',
  tag: 'organizations',
  summary: 'Make an organization',
  permission: anyOf('Admin'),
  body: schemaBody(body),
  answer: z.string().describe('The id, as JSON once more.'),
  async handle(deps, call) {
    const { name, member } = call.body
    const wanted = { name, members: membersOfBody(member ?? []) }
    const { id } = await deps.store.write((writer) => createIt(writer, wanted, deps.ids))
    return new Answered(JSON.stringify(JSON.stringify(id)), { 'content-type': 'application/json; charset=utf-8' })
  },
})
