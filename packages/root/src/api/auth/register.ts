import { wireUserSchema } from '@oakestra/wire'
import { z } from 'zod'
import { registerUser } from '../../state/operations-users.ts'
import { schemaBody } from '../bodies.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { userAnswer } from '../users/user-answer.ts'
import { email, newName, newPassword, roles } from '../users/user-fields.ts'

const body = z
  .looseObject(
    {
      name: newName,
      password: newPassword,
      email: email.nullish(),
      roles: roles.nullish().describe('In the organization of the caller.'),
    },
    { error: 'an object with name and password' },
  )
  .meta({ id: 'Registration' })

/** The dashboard sends an empty `_id` and a date of its own: both are root's to say. `reference/experience.md` 1.5. */
export const register = defineRoute({
  method: 'POST',
  path: '/api/auth/register',
  tag: 'auth',
  summary: 'Make a user, who joins the organization of the caller',
  description: "An Organization_Admin gives the roles Organization_Admin and Application_Provider; the others are an Admin's to give.",
  permission: anyOf('Admin', 'Organization_Admin'),
  body: schemaBody(body),
  answer: wireUserSchema,
  async handle(deps, call) {
    const { name, password, email: address, roles: given } = call.body
    const passwordHash = await deps.accounts.passwords.hash(password)
    const user = { name, email: address ?? '', passwordHash, roles: given ?? [] }
    const context = { ids: deps.ids, nowMs: deps.clock.wallMs() }
    return userAnswer(call.actor, await deps.store.write((writer) => registerUser(writer, call.actor, user, context)))
  },
})
