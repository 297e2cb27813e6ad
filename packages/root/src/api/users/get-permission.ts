import { z } from 'zod'
import { self } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { findUser } from './find-user.ts'

export const getPermission = defineRoute({
  method: 'GET',
  path: '/api/permission/:userName',
  tag: 'users',
  summary: 'Show the roles of a user',
  permission: self('userName'),
  answer: z.object({ roles: z.array(z.string()) }).meta({ id: 'Roles' }),
  handle: (deps, call) => deps.store.read(async (reader) => ({ roles: (await findUser(reader, call.actor, call.params.userName)).roles })),
})
