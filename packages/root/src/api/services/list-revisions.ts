import { toWireRevision, wireRevisionSchema } from '@oakestra/wire'
import { z } from 'zod'
import { ownService } from '../../state/operations-ownership.ts'
import { revisionsOf } from '../../state/revisions.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const listRevisions = defineRoute({
  method: 'GET',
  path: '/api/service/:serviceId/revisions',
  tag: 'services',
  summary: 'List what a service was, the oldest first, the present last',
  description: 'The newest ten before the present one are kept, and those that instances still have.',
  permission: SIGNED_IN,
  answer: z.array(wireRevisionSchema),
  handle: (deps, call) =>
    deps.store.read(async (reader) => revisionsOf(await ownService(reader, call.actor, call.params.serviceId, 'read')).map(toWireRevision)),
})
