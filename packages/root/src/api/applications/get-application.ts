import { wireApplicationSchema } from '@oakestra/wire'
import { ownApplication } from '../../state/operations-ownership.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { answerVersioned } from '../versions/version.ts'
import { applicationView } from '../views/application-views.ts'

export const getApplication = defineRoute({
  method: 'GET',
  path: '/api/application/:applicationId',
  tag: 'applications',
  summary: 'Show an application',
  permission: SIGNED_IN,
  answer: wireApplicationSchema,
  handle: (deps, call) =>
    deps.store.read(async (reader) =>
      answerVersioned(await applicationView(reader, await ownApplication(reader, call.actor, call.params.applicationId, 'read'))),
    ),
})
