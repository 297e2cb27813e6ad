import { toWireService, wireServiceSchema } from '@oakestra/wire'
import { z } from 'zod'
import { ownApplication } from '../../state/operations-ownership.ts'
import { answerPage } from '../paging/page.ts'
import { pageQuery } from '../paging/page-query.ts'
import { pageOfApplicationServices } from '../paging/visible-services.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { serviceViews } from '../views/service-views.ts'

export const listApplicationServices = defineRoute({
  method: 'GET',
  path: '/api/services/:applicationId',
  tag: 'services',
  summary: 'List the services of an application',
  permission: SIGNED_IN,
  query: pageQuery,
  answer: z.array(wireServiceSchema),
  async handle(deps, call) {
    const { page, views } = await deps.store.read(async (reader) => {
      const application = await ownApplication(reader, call.actor, call.params.applicationId, 'read')
      const page = await pageOfApplicationServices(reader, application.id, call.query)
      return { page, views: await serviceViews(reader, page.items, deps) }
    })
    return answerPage(page, (await deps.logTails.addTo(views)).map(toWireService))
  },
})
