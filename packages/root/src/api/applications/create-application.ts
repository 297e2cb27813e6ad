import type { Application } from '@oakestra/model'
import type { Note } from '@oakestra/sla'
import { type WireApplication, wireApplicationSchema } from '@oakestra/wire'
import { z } from 'zod'
import { createApplications } from '../../state/operations-applications.ts'
import { applicationsOf } from '../../state/operations-ownership.ts'
import { notesSchema, slaBody } from '../bodies.ts'
import { beforeApplications } from '../hooks/before-documents.ts'
import { contextOf } from '../operation-context.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { applicationViews } from '../views/application-views.ts'

/** The order of lists. */
function inOrderOfMaking(own: readonly Application[]): readonly Application[] {
  return own.toSorted((a, b) => a.createdAtMs - b.createdAtMs)
}

export const createApplication = defineRoute({
  method: 'POST',
  path: '/api/application',
  tag: 'applications',
  summary: 'Create the applications of a deployment document',
  description: 'All of them with their services, or none. Answers every application of the caller: the CLIs pick theirs by name.',
  permission: RUNS_APPLICATIONS,
  body: slaBody(422),
  answer: z.array(wireApplicationSchema.extend({ notes: notesSchema.optional() }).meta({ id: 'CreatedApplication' })),
  before: beforeApplications,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const created = await createApplications(writer, call.actor, call.body, contextOf(deps))
      const views = await applicationViews(writer, inOrderOfMaking(await applicationsOf(writer, call.actor)))
      return views.map((view) => ({ ...view, ...remarksOn(view, created, call.notes) }))
    }),
})

/** Remarks go with the application of the document that they are about; those on the document, with all it made. */
function remarksOn(view: WireApplication, created: readonly Application[], notes: readonly Note[]): { readonly notes?: Note[] } {
  const index = created.findIndex(({ id }) => id === view.applicationID)
  const own = index < 0 ? [] : notes.filter(({ path }) => path.startsWith(`applications[${index}].`) || !path.startsWith('applications['))
  return own.length > 0 ? { notes: own } : {}
}
