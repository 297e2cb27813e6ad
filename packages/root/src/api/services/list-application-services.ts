import { toWireService, wireServiceSchema } from '@oakestra/wire'
import { z } from 'zod'
import { ownApplication, servicesOf } from '../../state/operations-ownership.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { serviceViews } from '../views/service-views.ts'

export const listApplicationServices = defineRoute({
  method: 'GET',
  path: '/api/services/:applicationId',
  tag: 'services',
  summary: 'List the services of an application',
  permission: SIGNED_IN,
  answer: z.array(wireServiceSchema),
  async handle(deps, call) {
    const views = await deps.store.read(async (reader) => {
      const application = await ownApplication(reader, call.actor, call.params.applicationId, 'read')
      return serviceViews(reader, await servicesOf(reader, application.id), deps)
    })
    return (await deps.logTails.addTo(views)).map(toWireService)
  },
})
