import { wireUserSchema } from '@oakestra/wire'
import { findUser } from '../../state/operations-users.ts'
import { self } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { answerVersioned } from '../versions/version.ts'
import { userAnswer } from './user-answer.ts'

export const getUser = defineRoute({
  method: 'GET',
  path: '/api/user/:userName',
  tag: 'users',
  summary: 'Show a user',
  permission: self('userName', 'Organization_Admin'),
  answer: wireUserSchema,
  handle: (deps, call) =>
    deps.store.read(async (reader) => answerVersioned(userAnswer(call.actor, await findUser(reader, call.actor, call.params.userName)))),
})
