import { wireServiceSchema } from '@oakestra/wire'
import { z } from 'zod'
import { ownApplication } from '../../state/operations-ownership.ts'
import { answerList } from '../paging/list-answer.ts'
import { pageQuery } from '../paging/page-query.ts'
import { pageOfApplicationServices } from '../paging/visible-services.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { serviceReader } from './read-services.ts'

export const listApplicationServices = defineRoute({
  method: 'GET',
  path: '/api/services/:applicationId',
  tag: 'services',
  summary: 'List the services of an application',
  permission: SIGNED_IN,
  query: pageQuery,
  answer: z.array(wireServiceSchema),
  handle: (deps, call) =>
    answerList(
      call.query,
      serviceReader(deps, async (reader, query) => {
        const application = await ownApplication(reader, call.actor, call.params.applicationId, 'read')
        return pageOfApplicationServices(reader, application.id, query)
      }),
    ),
})
