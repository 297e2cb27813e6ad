import { z } from 'zod'
import { addServices } from '../../state/operations-services.ts'
import { addedServicesBody, notesSchema } from '../bodies.ts'
import { beforeServices } from '../hooks/before-documents.ts'
import { contextOf } from '../operation-context.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'

const answer = z
  .object({
    job_id: z.string().describe('Id of the last service added.'),
    service_ids: z.array(z.string()),
    deployed_services: z.array(z.object({ service_name: z.string(), status: z.int() })),
    failed_services: z.array(z.object({ service_name: z.string(), message: z.string(), status: z.int() })),
    notes: notesSchema,
  })
  .meta({ id: 'AddedServices' })

export const createServices = defineRoute({
  method: 'POST',
  path: '/api/service',
  tag: 'services',
  summary: 'Add the services of a deployment document to an application',
  description:
    '`applications[].applicationID` names it, or `applicationID` beside a bare list of `microservices`. All services are added, or none: `failed_services` is always empty.',
  permission: RUNS_APPLICATIONS,
  body: addedServicesBody,
  answer,
  before: beforeServices,
  async handle(deps, call) {
    const added = await deps.store.write((writer) => addServices(writer, call.actor, call.body, contextOf(deps)))
    return {
      job_id: added.at(-1)?.id ?? '',
      service_ids: added.map((service) => service.id),
      deployed_services: added.map((service) => ({ service_name: service.descriptor.name, status: 200 })),
      failed_services: [],
      notes: call.notes,
    }
  },
})
