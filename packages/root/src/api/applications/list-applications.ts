import { wireApplicationSchema } from '@oakestra/wire'
import { z } from 'zod'
import { answerList } from '../paging/list-answer.ts'
import { pageQuery } from '../paging/page-query.ts'
import { pageOfApplications } from '../paging/visible-applications.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { applicationViews } from '../views/application-views.ts'

export const listApplications = defineRoute({
  method: 'GET',
  path: '/api/applications',
  tag: 'applications',
  summary: "List the applications the caller may see: its own, those of its organization; for Admins, everybody's",
  permission: SIGNED_IN,
  query: pageQuery,
  answer: z.array(wireApplicationSchema),
  handle: (deps, call) =>
    answerList(call.query, (query) =>
      deps.store.read(async (reader) => {
        const page = await pageOfApplications(reader, call.actor, query)
        return { ...page, items: await applicationViews(reader, page.items) }
      }),
    ),
})
