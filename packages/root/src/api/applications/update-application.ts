import { wireApplicationSchema } from '@oakestra/wire'
import { z } from 'zod'
import { type ApplicationChange, updateApplication as updateIt } from '../../state/operations-applications.ts'
import { schemaBody } from '../bodies.ts'
import { beforeApplicationChange } from '../hooks/before-services.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardApplication } from '../versions/guards.ts'
import { applicationView } from '../views/application-views.ts'

/** Documentation for people: longer ones are none. */
const DESCRIPTION_MAX = 4096

const TEXT = 'text'
const DESCRIPTION = `a text of at most ${DESCRIPTION_MAX} characters`
const text = z.string({ error: TEXT }).max(256, { error: 'at most 256 characters' })
const body = z
  .looseObject(
    {
      application_name: text.nullish().describe('The present one: names are in addresses, and stay.'),
      application_namespace: text.nullish().describe('The present one.'),
      application_desc: z.string({ error: DESCRIPTION }).max(DESCRIPTION_MAX, { error: DESCRIPTION }).nullish(),
      isolated: z
        .boolean({ error: 'true or false' })
        .nullish()
        .describe('Instances of other applications may connect only where `connectivity` of a service of this one names theirs.'),
      userId: text
        .nullish()
        .describe('Name of the user who shall own it: an Admin gives it to anybody, an Organization_Admin to a member.'),
    },
    { error: 'an object with application_desc' },
  )
  .meta({ id: 'ApplicationChange' })

export const applicationChangeBody = schemaBody(body)

/** What of a body is a change: empty texts are those of forms that were not filled in. */
export function applicationChange(change: z.infer<typeof body>): ApplicationChange {
  const { application_name: name, application_namespace: namespace, application_desc: description, isolated, userId: owner } = change
  return {
    name: name || undefined,
    namespace: namespace || undefined,
    description: description ?? undefined,
    isolated: isolated ?? undefined,
    owner: owner || undefined,
  }
}

/** The dashboard sends back the whole application; `microservices` are changed one by one, not here. `reference/experience.md` 1.5. */
export const updateApplication = defineRoute({
  method: 'PUT',
  path: '/api/application/:applicationId',
  tag: 'applications',
  summary: 'Describe an application anew, isolate it, or give it to another user; what is not named stays',
  permission: RUNS_APPLICATIONS,
  body: applicationChangeBody,
  answer: wireApplicationSchema.extend({ message: z.string() }).meta({ id: 'ChangedApplication' }),
  ifMatch: true,
  before: beforeApplicationChange,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      await guardApplication(writer, call, call.params.applicationId)
      const changed = await updateIt(writer, call.actor, call.params.applicationId, applicationChange(call.body))
      return { ...(await applicationView(writer, changed)), message: 'Application is updated' }
    }),
})
