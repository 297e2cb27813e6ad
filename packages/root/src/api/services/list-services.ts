import { toWireService, wireServiceSchema } from '@oakestra/wire'
import { z } from 'zod'
import { answerPage } from '../paging/page.ts'
import { pageQuery } from '../paging/page-query.ts'
import { pageOfServices } from '../paging/visible-services.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { serviceViews } from '../views/service-views.ts'

export const listServices = defineRoute({
  method: 'GET',
  path: '/api/services',
  tag: 'services',
  summary: "List the services the caller may see: its own, those of its organization; for Admins, everybody's",
  permission: SIGNED_IN,
  query: pageQuery,
  answer: z.array(wireServiceSchema),
  async handle(deps, call) {
    const { page, views } = await deps.store.read(async (reader) => {
      const page = await pageOfServices(reader, call.actor, call.query)
      return { page, views: await serviceViews(reader, page.items, deps) }
    })
    return answerPage(page, (await deps.logTails.addTo(views)).map(toWireService))
  },
})
