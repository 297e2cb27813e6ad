import { OakError } from '@oakestra/base'
import { wireServiceSchema } from '@oakestra/wire'
import { addInstance, removeInstance } from '../../state/operations-instances.ts'
import { instancesOf, ownService } from '../../state/operations-ownership.ts'
import { beforeInstance, beforeInstanceRemoval } from '../hooks/before-services.ts'
import { contextOf } from '../operation-context.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { instanceNumber } from '../services/instance-number.ts'
import { jobView } from './find-job.ts'
import { notHere } from './not-here.ts'

const TAG = 'resource abstractor'
const PATH = '/api/v1/jobs/:serviceId/:instanceNumber'

/** Upstream's manager chooses numbers before it asks; here root gives them, so only the next one can be asked for. */
export const putJobInstance = defineRoute({
  method: 'PUT',
  path: PATH,
  tag: TAG,
  summary: 'Run one more instance of a service, under the number that is next',
  description: 'A body is ignored. A number that an instance has is refused with 400, any other but the next one with 409.',
  permission: RUNS_APPLICATIONS,
  answer: wireServiceSchema,
  before: beforeInstance,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const { serviceId } = call.params
      const number = instanceNumber(call.params.instanceNumber, 0)
      const service = await ownService(writer, call.actor, serviceId)
      const taken = (await instancesOf(writer, serviceId)).some((instance) => instance.number === number)
      if (taken) throw new OakError('bad-request', `service ${service.descriptor.name} has an instance ${number} already`)
      const next = service.nextInstanceNumber
      if (number !== next) {
        throw new OakError(
          'conflict',
          `the next instance of ${service.descriptor.name} is ${next}: or ask with POST /api/service/{id}/instance`,
        )
      }
      await addInstance(writer, call.actor, serviceId, contextOf(deps))
      return jobView(writer, await ownService(writer, call.actor, serviceId), deps)
    }),
})

export const removeJobInstance = defineRoute({
  method: 'DELETE',
  path: PATH,
  tag: TAG,
  summary: 'End an instance; all of them with the number -1',
  permission: RUNS_APPLICATIONS,
  answer: wireServiceSchema,
  before: beforeInstanceRemoval,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const { serviceId } = call.params
      await removeInstance(writer, call.actor, serviceId, instanceNumber(call.params.instanceNumber, -1))
      return jobView(writer, await ownService(writer, call.actor, serviceId), deps)
    }),
})

export const JOB_INSTANCES_NOT_HERE = [
  notHere('PATCH', PATH, TAG, 'what an instance does is what its cluster reports; move it with POST /api/service/{id}/instance/{n}/move'),
]
