import { wireServiceSchema } from '@oakestra/wire'
import { z } from 'zod'
import { answerList } from '../paging/list-answer.ts'
import { pageQuery } from '../paging/page-query.ts'
import { pageOfServices } from '../paging/visible-services.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { serviceReader } from './read-services.ts'

export const listServices = defineRoute({
  method: 'GET',
  path: '/api/services',
  tag: 'services',
  summary: "List the services the caller may see: its own, those of its organization; for Admins, everybody's",
  permission: SIGNED_IN,
  query: pageQuery,
  answer: z.array(wireServiceSchema),
  handle: (deps, call) =>
    answerList(
      call.query,
      serviceReader(deps, (reader, query) => pageOfServices(reader, call.actor, query)),
    ),
})
