import { OakError } from '@oakestra/base'
import { wireApplicationSchema } from '@oakestra/wire'
import { z } from 'zod'
import { isAdmin } from '../../accounts/actor.ts'
import { applications, users } from '../../state/collections.ts'
import { listPrefix } from '../../state/order-keys.ts'
import { answerPage } from '../paging/page.ts'
import { pageQuery } from '../paging/page-query.ts'
import { pageOfScan } from '../paging/scan.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { applicationViews } from '../views/application-views.ts'

export const listUserApplications = defineRoute({
  method: 'GET',
  path: '/api/applications/:userId',
  tag: 'applications',
  summary: 'List the applications of a user: oneself, unless the caller is an Admin',
  permission: SIGNED_IN,
  query: pageQuery,
  answer: z.array(wireApplicationSchema),
  async handle(deps, call) {
    const { userId } = call.params
    if (userId !== call.actor.userId && !isAdmin(call.actor)) throw new OakError('forbidden', 'these applications belong to another user')
    return deps.store.read(async (reader) => {
      const user = await reader.get(users, userId)
      if (!user) throw new OakError('not-found', 'there is no user of this id')
      const scan = { collection: applications, index: 'madeByOwner', prefix: listPrefix(user.name) }
      const page = await pageOfScan(reader, scan, call.query, () => true)
      return answerPage(page, await applicationViews(reader, page.items))
    })
  },
})
