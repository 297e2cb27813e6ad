import { jobName, type Service } from '@oakestra/model'
import { wireServiceSchema } from '@oakestra/wire'
import { z } from 'zod'
import { answerList } from '../paging/list-answer.ts'
import { pageParameters } from '../paging/page-query.ts'
import { pageOfServices } from '../paging/visible-services.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { serviceReader } from './read-services.ts'

// As long as the longest full name that may be looked for.
const SEARCH_MAX = 200
const SEARCH_EXPECTED = `a text of at most ${SEARCH_MAX} characters`

export const listServices = defineRoute({
  method: 'GET',
  path: '/api/services',
  tag: 'services',
  summary: "List the services the caller may see: its own, those of its organization; for Admins, everybody's",
  permission: SIGNED_IN,
  query: z.object({
    ...pageParameters,
    q: z
      .string({ error: SEARCH_EXPECTED })
      .max(SEARCH_MAX, { error: SEARCH_EXPECTED })
      .optional()
      .describe('Only services with this in their full name, image or round-robin address, in letters of either case.'),
  }),
  answer: z.array(wireServiceSchema),
  handle: (deps, call) =>
    answerList(
      call.query,
      serviceReader(deps, (reader, query) => pageOfServices(reader, call.actor, query, searchFor(call.query.q ?? ''))),
    ),
})

function searchFor(text: string): (service: Service) => boolean {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return () => true
  return (service) => {
    const address = service.addresses.find(({ policy }) => policy === 'round-robin')?.v4 ?? ''
    return [jobName(service), service.descriptor.image, address].some((each) => each.toLowerCase().includes(wanted))
  }
}
