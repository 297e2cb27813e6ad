import { toWireUser, wireUserSchema } from '@oakestra/wire'
import { self } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { findUser } from './find-user.ts'

export const getUser = defineRoute({
  method: 'GET',
  path: '/api/user/:userName',
  tag: 'users',
  summary: 'Show a user',
  permission: self('userName'),
  answer: wireUserSchema,
  handle: (deps, call) => deps.store.read(async (reader) => toWireUser(await findUser(reader, call.actor, call.params.userName))),
})
