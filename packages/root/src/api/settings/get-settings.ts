import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { settingsAnswer, settingsSchema } from './mail-answer.ts'

export const getSettings = defineRoute({
  method: 'GET',
  path: '/api/settings',
  tag: 'settings',
  summary: 'Show how mail is sent',
  permission: anyOf('Admin'),
  answer: settingsSchema,
  handle: (deps) => settingsAnswer(deps.accounts.mail),
})
