import type { Application } from '@oakestra/model'
import { z } from 'zod'
import { toWireId } from './formats.ts'
import { applicationVersion, versionSchema } from './version.ts'

export const wireIdSchema = z.object({ $oid: z.string() }).meta({ id: 'ObjectId' })

export const wireApplicationSchema = z
  .looseObject({
    _id: wireIdSchema,
    applicationID: z.string(),
    application_name: z.string(),
    application_namespace: z.string(),
    application_desc: z.string(),
    userId: z.string().describe('Name of the user who owns it.'),
    isolated: z.boolean().describe('Instances of other applications get in only where a service here names theirs in `connectivity`.'),
    organization_id: z.string().describe('Organization that shares it; empty: nobody but its owner has it.'),
    microservices: z.array(z.string()).describe('Ids of its services.'),
    version: versionSchema,
  })
  .meta({ id: 'Application' })
export type WireApplication = z.infer<typeof wireApplicationSchema>

/** An application in upstream's words, with every other key its user sent. `reference/orchestration.md` 3.6. */
export function toWireApplication(application: Application, serviceIds: readonly string[]): WireApplication {
  return {
    ...application.source,
    _id: toWireId(application.id),
    applicationID: application.id,
    application_name: application.name,
    application_namespace: application.namespace,
    application_desc: application.description,
    userId: application.owner,
    isolated: application.isolated ?? false,
    organization_id: application.organizationId ?? '',
    microservices: [...serviceIds],
    version: applicationVersion(application, serviceIds),
  }
}
