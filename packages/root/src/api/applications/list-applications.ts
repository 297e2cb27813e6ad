import { wireApplicationSchema } from '@oakestra/wire'
import { z } from 'zod'
import { applicationsOf } from '../../state/operations-ownership.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { applicationViews } from '../views/application-views.ts'

export const listApplications = defineRoute({
  method: 'GET',
  path: '/api/applications',
  tag: 'applications',
  summary: "List the applications the caller may see: its own, those of its organization; for Admins, everybody's",
  permission: SIGNED_IN,
  answer: z.array(wireApplicationSchema),
  handle: (deps, call) => deps.store.read(async (reader) => applicationViews(reader, await applicationsOf(reader, call.actor, 'visible'))),
})
