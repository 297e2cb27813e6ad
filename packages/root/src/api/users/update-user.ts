import { wireUserSchema } from '@oakestra/wire'
import { z } from 'zod'
import { updateUser as updateIt } from '../../state/operations-users.ts'
import { schemaBody } from '../bodies.ts'
import { self } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardUser } from '../versions/guards.ts'
import { answerVersioned } from '../versions/version.ts'
import { userAnswer } from './user-answer.ts'
import { email, newPassword, roles } from './user-fields.ts'

const body = z
  .looseObject(
    {
      name: z.string({ error: 'text' }).nullish().describe('The present one: a user keeps its name.'),
      email: email.nullish(),
      roles: roles.nullish().describe('In the organization of the caller.'),
      password: z
        .union([newPassword, z.literal('')])
        .nullish()
        .describe('Set by Admins for others, who are asked to change it.'),
    },
    { error: 'an object with email, roles or password' },
  )
  .meta({ id: 'UserChange' })

/** The dashboard sends back the whole user it was given. `reference/experience.md` 1.5. */
export const updateUser = defineRoute({
  method: 'PUT',
  path: '/api/user/:userName',
  tag: 'users',
  summary: 'Change a user; what is not named stays',
  description: 'Oneself: the address. An Organization_Admin: roles within the organization. An Admin: all of it.',
  permission: self('userName', 'Organization_Admin'),
  body: schemaBody(body),
  answer: wireUserSchema,
  ifMatch: true,
  async handle(deps, call) {
    const { name, email: address, roles: given, password } = call.body
    const passwordHash = password ? await deps.accounts.passwords.hash(password) : undefined
    const change = { name: name ?? undefined, email: address ?? undefined, roles: given ?? undefined, passwordHash }
    const nowMs = deps.clock.wallMs()
    const seen = await deps.store.write(async (writer) => {
      await guardUser(writer, call, call.params.userName)
      return updateIt(writer, call.actor, call.params.userName, change, nowMs)
    })
    return answerVersioned(userAnswer(call.actor, seen))
  },
})
