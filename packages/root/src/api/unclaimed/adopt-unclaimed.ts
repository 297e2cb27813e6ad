import { z } from 'zod'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'

const answer = z.object({ message: z.string(), microserviceID: z.string(), job_name: z.string() }).meta({ id: 'UnclaimedAdopted' })

export const adoptUnclaimed = defineRoute({
  method: 'POST',
  path: '/api/unclaimed/:clusterId/:instanceId/adopt',
  tag: 'clusters',
  summary: 'Make an unclaimed instance one of its service again',
  description:
    'It goes on as it is. Where its service is not known, service and application are made again, with the same ids, out of what their instances say; they belong to whoever asks.',
  permission: anyOf('Admin'),
  answer,
  async handle(deps, { actor, params }) {
    const { serviceId, jobName } = await deps.unclaimed.adopt(actor, params.clusterId, params.instanceId)
    return { message: `adopted as an instance of ${jobName}`, microserviceID: serviceId, job_name: jobName }
  },
})
