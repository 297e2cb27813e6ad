import { wireApplicationSchema } from '@oakestra/wire'
import { z } from 'zod'
import { createApplications } from '../../state/operations-applications.ts'
import { applicationsOf } from '../../state/operations-ownership.ts'
import { slaBody } from '../bodies.ts'
import { contextOf } from '../operation-context.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { applicationViews } from '../views/application-views.ts'

export const createApplication = defineRoute({
  method: 'POST',
  path: '/api/application',
  tag: 'applications',
  summary: 'Create the applications of a deployment document',
  description: 'All of them with their services, or none. Answers every application of the caller: the CLIs pick theirs by name.',
  permission: SIGNED_IN,
  body: slaBody(422),
  answer: z.array(wireApplicationSchema),
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      await createApplications(writer, call.actor, call.body, contextOf(deps))
      return applicationViews(writer, await applicationsOf(writer, call.actor))
    }),
})
