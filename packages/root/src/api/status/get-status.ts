import { z } from 'zod'
import { PUBLIC } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const getStatus = defineRoute({
  method: 'GET',
  path: '/api/status',
  tag: 'status',
  summary: 'Tell whether the root is ready, and its version',
  permission: PUBLIC,
  answer: z.object({ version: z.string(), ready: z.boolean() }).meta({ id: 'Status' }),
  handle: async (deps) => ({ version: deps.version, ready: deps.ready?.() ?? true }),
})
