import { OakError } from '@oakestra/base'
import type { Service } from '@oakestra/model'
import { z } from 'zod'
import { ownService } from '../../state/operations-ownership.ts'
import { updateService, updateViolations } from '../../state/operations-updates.ts'
import { type DocumentedService, notesSchema, servicesBody } from '../bodies.ts'
import { refusal } from '../errors.ts'
import { beforeServiceReplacement } from '../hooks/before-services.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardService } from '../versions/guards.ts'

const answer = z
  .object({
    message: z.string(),
    revision: z.int().describe('The newest; as before when no instance has to be replaced.'),
    notes: notesSchema,
  })
  .meta({ id: 'ChangedService' })

export const replaceService = defineRoute({
  method: 'PUT',
  path: '/api/service/:serviceId',
  tag: 'services',
  summary: 'Change a service to what a descriptor says',
  description:
    'What matters to instances makes a new revision, which reaches them under the update policy of the descriptor. ' +
    'Name, namespace and addresses stay; what the descriptor leaves out has its default, except `replicas` and `addresses`, which stay.',
  permission: RUNS_APPLICATIONS,
  body: servicesBody,
  answer,
  ifMatch: true,
  before: beforeServiceReplacement,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const service = await ownService(writer, call.actor, call.params.serviceId)
      await guardService(writer, call, service.id)
      const { descriptor, path } = meantBy(call.body, service)
      const violations = updateViolations(service, descriptor, path)
      if (violations.length > 0) throw refusal(violations)
      const { revision } = await updateService(writer, call.actor, service, descriptor, deps.clock.wallMs())
      return { message: revision === service.revision ? 'no instance has to be replaced' : 'ok', revision, notes: [...call.notes] }
    }),
})

/** The one of this name, or the only one there is: then it is told what is wrong with its name. */
function meantBy(documented: readonly DocumentedService[], { descriptor: { name, namespace } }: Service): DocumentedService {
  const named = documented.filter(({ descriptor }) => descriptor.name === name && descriptor.namespace === namespace)
  const [meant] = named.length === 0 && documented.length === 1 ? documented : named
  if (meant && named.length <= 1) return meant
  throw new OakError('bad-request', `the document must hold one service ${name} in namespace ${namespace}; it holds ${named.length}`)
}
