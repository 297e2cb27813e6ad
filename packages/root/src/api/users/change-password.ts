import { OakError } from '@oakestra/base'
import { z } from 'zod'
import { schemaBody } from '../bodies.ts'
import { self } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { newPassword, passwordText } from './user-fields.ts'

const body = z
  .looseObject({ oldPassword: passwordText, newPassword }, { error: 'an object with oldPassword and newPassword' })
  .meta({ id: 'PasswordChange' })

export const changePassword = defineRoute({
  method: 'POST',
  path: '/api/user/:userName',
  tag: 'users',
  summary: "Change one's own password",
  description: 'Ends all sessions of the user; the answer has the tokens of a new one.',
  permission: self('userName'),
  body: schemaBody(body),
  answer: z.object({ message: z.string(), token: z.string(), refresh_token: z.string() }).meta({ id: 'ChangedPassword' }),
  async handle(deps, call) {
    if (call.params.userName !== call.actor.name) {
      throw new OakError('forbidden', 'the password of another user is set with PUT /api/user/<name>')
    }
    const { oldPassword, newPassword: wanted } = call.body
    const { accessToken, refreshToken } = await deps.accounts.passwords.change(call.actor, {
      oldPassword,
      newPassword: wanted,
      address: call.address,
    })
    return { message: 'the password is changed', token: accessToken, refresh_token: refreshToken }
  },
})
