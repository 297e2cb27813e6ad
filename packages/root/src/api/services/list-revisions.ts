import { toWireRevision, wireRevisionSchema } from '@oakestra/wire'
import { z } from 'zod'
import { ownService } from '../../state/operations-ownership.ts'
import { numberKey } from '../../state/order-keys.ts'
import { revisionsOf } from '../../state/revisions.ts'
import { answerPage, pageOf } from '../paging/page.ts'
import { pageQuery } from '../paging/page-query.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const listRevisions = defineRoute({
  method: 'GET',
  path: '/api/service/:serviceId/revisions',
  tag: 'services',
  summary: 'List what a service was, the oldest first, the present last',
  description: 'The newest ten before the present one are kept, and those that instances still have.',
  permission: SIGNED_IN,
  query: pageQuery,
  answer: z.array(wireRevisionSchema),
  handle: (deps, call) =>
    deps.store.read(async (reader) => {
      const revisions = revisionsOf(await ownService(reader, call.actor, call.params.serviceId, 'read'))
      const page = pageOf(revisions, call.query, ({ revision }) => numberKey('', revision))
      return answerPage(page, page.items.map(toWireRevision))
    }),
})
