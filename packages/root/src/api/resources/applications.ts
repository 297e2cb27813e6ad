import { OakError } from '@oakestra/base'
import type { ParseResult, Sla } from '@oakestra/sla'
import { wireApplicationSchema } from '@oakestra/wire'
import { z } from 'zod'
import { createApplications, deleteApplication, updateApplication } from '../../state/operations-applications.ts'
import { ownApplication } from '../../state/operations-ownership.ts'
import { applicationChange, applicationChangeBody } from '../applications/update-application.ts'
import { slaBody } from '../bodies.ts'
import { beforeApplication } from '../hooks/before-documents.ts'
import { beforeApplicationChange, beforeApplicationRemoval } from '../hooks/before-services.ts'
import { contextOf } from '../operation-context.ts'
import { answerPage } from '../paging/page.ts'
import { pageParameters } from '../paging/page-query.ts'
import { pageOfScans } from '../paging/scan.ts'
import { applicationScans, showsApplication } from '../paging/visible-applications.ts'
import { RUNS_APPLICATIONS, SIGNED_IN } from '../permission.ts'
import { type BodyReader, defineRoute } from '../route.ts'
import { guardApplication } from '../versions/guards.ts'
import { answerVersioned } from '../versions/version.ts'
import { applicationView, applicationViews } from '../views/application-views.ts'

const TAG = 'resource abstractor'

const query = z.object({
  ...pageParameters,
  application_name: z.string().optional(),
  application_namespace: z.string().optional(),
  userId: z.string().optional().describe('Name of the user who owns it.'),
})

export const listResourceApplications = defineRoute({
  method: 'GET',
  path: '/api/v1/applications',
  tag: TAG,
  summary: 'List the applications the caller may see',
  permission: SIGNED_IN,
  query,
  answer: z.array(wireApplicationSchema),
  handle: (deps, call) =>
    deps.store.read(async (reader) => {
      const { application_name: name, application_namespace: namespace, userId: owner } = call.query
      const page = await pageOfScans(reader, applicationScans(call.actor), call.query, async (application, scan) => {
        const isWanted =
          (name ?? application.name) === application.name &&
          (namespace ?? application.namespace) === application.namespace &&
          (owner ?? application.owner) === application.owner
        return isWanted && showsApplication(reader, call.actor, application, scan)
      })
      return answerPage(page, await applicationViews(reader, page.items))
    }),
})

const sla = slaBody(422)

/** One application as a document of its own. Ids of services in it are for information: they are added by themselves. */
const applicationBody: BodyReader<Sla> = {
  schema: z.looseObject({ application_name: z.string(), application_namespace: z.string() }).meta({ id: 'ResourceApplication' }),
  required: true,
  refusalStatus: 422,
  async parse(json, deps) {
    const {
      microservices,
      applicationID: _,
      ...application
    } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
    const documents = Array.isArray(microservices) ? microservices.filter((each) => typeof each === 'object') : []
    const document = { sla_version: 'v2.0', customerID: '', applications: [{ ...application, microservices: documents }] }
    return withoutPrefix(await sla.parse(document, deps))
  },
}

const PREFIX = /^applications\[0\]\./

/** Paths as they are in what was sent. */
function withoutPrefix(result: ParseResult<Sla>): ParseResult<Sla> {
  if (result.ok) return result
  return { ok: false, violations: result.violations.map((each) => ({ ...each, path: each.path.replace(PREFIX, '') })) }
}

export const createResourceApplication = defineRoute({
  method: 'POST',
  path: '/api/v1/applications',
  tag: TAG,
  summary: 'Create one application',
  permission: RUNS_APPLICATIONS,
  body: applicationBody,
  answer: wireApplicationSchema,
  before: beforeApplication,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const [created] = await createApplications(writer, call.actor, call.body, contextOf(deps))
      if (!created) throw new OakError('bad-request', 'this is no application')
      return answerVersioned(await applicationView(writer, created))
    }),
})

export const getResourceApplication = defineRoute({
  method: 'GET',
  path: '/api/v1/applications/:applicationId',
  tag: TAG,
  summary: 'Show an application',
  permission: SIGNED_IN,
  answer: wireApplicationSchema,
  handle: (deps, call) =>
    deps.store.read(async (reader) =>
      answerVersioned(await applicationView(reader, await ownApplication(reader, call.actor, call.params.applicationId, 'read'))),
    ),
})

export const changeResourceApplication = defineRoute({
  method: 'PATCH',
  path: '/api/v1/applications/:applicationId',
  tag: TAG,
  summary: 'Describe an application anew, or give it to another user; what is not named stays',
  permission: RUNS_APPLICATIONS,
  body: applicationChangeBody,
  ifMatch: true,
  answer: wireApplicationSchema,
  before: beforeApplicationChange,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const { applicationId } = call.params
      await guardApplication(writer, call, applicationId)
      return answerVersioned(
        await applicationView(writer, await updateApplication(writer, call.actor, applicationId, applicationChange(call.body))),
      )
    }),
})

export const removeResourceApplication = defineRoute({
  method: 'DELETE',
  path: '/api/v1/applications/:applicationId',
  tag: TAG,
  summary: 'Delete an application with its services and instances; answers it as it was',
  permission: RUNS_APPLICATIONS,
  ifMatch: true,
  answer: wireApplicationSchema,
  before: beforeApplicationRemoval,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const { applicationId } = call.params
      await guardApplication(writer, call, applicationId)
      const view = await applicationView(writer, await ownApplication(writer, call.actor, applicationId))
      await deleteApplication(writer, call.actor, applicationId, deps.clock.wallMs())
      return view
    }),
})
