import { toWireService, wireServiceSchema } from '@oakestra/wire'
import { z } from 'zod'
import { applicationsOf, servicesOf } from '../../state/operations-ownership.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { serviceViews } from '../views/service-views.ts'

export const listServices = defineRoute({
  method: 'GET',
  path: '/api/services',
  tag: 'services',
  summary: "List the services the caller may see: its own, those of its organization; for Admins, everybody's",
  permission: SIGNED_IN,
  answer: z.array(wireServiceSchema),
  async handle(deps, call) {
    const views = await deps.store.read(async (reader) => {
      const applications = await applicationsOf(reader, call.actor, 'visible')
      const services = await Promise.all(applications.map((application) => servicesOf(reader, application.id)))
      return serviceViews(reader, services.flat(), deps)
    })
    return (await deps.logTails.addTo(views)).map(toWireService)
  },
})
