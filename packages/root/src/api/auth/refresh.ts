import { z } from 'zod'
import { REFRESH_TOKEN } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const refresh = defineRoute({
  method: 'POST',
  path: '/api/auth/refresh',
  tag: 'auth',
  summary: 'Get a new access token for a refresh token',
  permission: REFRESH_TOKEN,
  answer: z.object({ token: z.string() }).meta({ id: 'AccessToken' }),
  handle: async (deps, call) => ({ token: await deps.accounts.refresh(call.bearer) }),
})
