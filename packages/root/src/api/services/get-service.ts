import { toWireService, wireServiceSchema } from '@oakestra/wire'
import { ownService } from '../../state/operations-ownership.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { answerVersioned } from '../versions/version.ts'
import { serviceViews } from '../views/service-views.ts'

export const getService = defineRoute({
  method: 'GET',
  path: '/api/service/:serviceId',
  tag: 'services',
  summary: 'Show a service and its instances',
  permission: SIGNED_IN,
  answer: wireServiceSchema,
  async handle(deps, call) {
    const views = await deps.store.read(async (reader) => {
      const service = await ownService(reader, call.actor, call.params.serviceId, 'read')
      return serviceViews(reader, [service], deps)
    })
    const [service] = (await deps.logTails.addTo(views)).map(toWireService)
    return answerVersioned(service ?? {})
  },
})
