import { z } from 'zod'
import { schemaBody } from '../bodies.ts'
import { messageSchema } from '../messages.ts'
import { PUBLIC } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { nameText, newPassword } from './user-fields.ts'

const request = z
  .looseObject(
    { username: nameText, domain: nameText.nullish().describe('Host of the page that asks.') },
    { error: 'an object with username' },
  )
  .meta({ id: 'PasswordResetRequest' })

/** The answer is the same whether there is such a user or not: upstream's 404 told everybody who has an account. */
export const requestPasswordReset = defineRoute({
  method: 'POST',
  path: '/api/user',
  tag: 'users',
  summary: 'Mail a user the way to a new password',
  permission: PUBLIC,
  body: schemaBody(request),
  answer: messageSchema,
  async handle(deps, call) {
    const { username, domain } = call.body
    await deps.accounts.passwords.requestReset({ userName: username, domain: domain ?? '', address: call.address })
    return { message: 'if there is such a user with an e-mail address, a mail is on its way' }
  },
})

const reset = z
  .looseObject({ token: nameText.describe('Of the mail.'), password: newPassword }, { error: 'an object with token and password' })
  .meta({ id: 'PasswordReset' })

export const resetPassword = defineRoute({
  method: 'PUT',
  path: '/api/user',
  tag: 'users',
  summary: 'Set a new password by the token of a mail',
  description: 'A token works once, within an hour. All sessions of the user end.',
  permission: PUBLIC,
  body: schemaBody(reset),
  answer: messageSchema,
  async handle(deps, call) {
    const { token, password } = call.body
    await deps.accounts.passwords.reset({ token, password, address: call.address })
    return { message: 'the password is changed; log in with it' }
  },
})
