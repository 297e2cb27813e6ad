import { z } from 'zod'
import { findUser } from '../../state/operations-users.ts'
import { self } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const getPermission = defineRoute({
  method: 'GET',
  path: '/api/permission/:userName',
  tag: 'users',
  summary: 'Show the roles of a user in the organization of the caller',
  permission: self('userName', 'Organization_Admin'),
  answer: z.object({ roles: z.array(z.string()) }).meta({ id: 'Roles' }),
  handle: (deps, call) => deps.store.read(async (reader) => ({ roles: (await findUser(reader, call.actor, call.params.userName)).roles })),
})
