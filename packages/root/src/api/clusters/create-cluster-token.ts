import { z } from 'zod'
import { schemaBody } from '../bodies.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'

const NAME_EXPECTED = 'the name of the cluster: 1 to 63 letters, digits, "-", "_" or "."'
const body = z
  .looseObject(
    { cluster_name: z.string({ error: NAME_EXPECTED }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, { error: NAME_EXPECTED }) },
    { error: 'an object with cluster_name' },
  )
  .meta({ id: 'ClusterTokenRequest' })

export const joinTokenSchema = z.object({ token: z.string() }).meta({ id: 'JoinToken' })

export const createClusterToken = defineRoute({
  method: 'POST',
  path: '/api/clusters/join-token',
  tag: 'clusters',
  summary: 'Make a token with which a cluster joins this root',
  permission: anyOf('Admin', 'Infrastructure_Provider'),
  body: schemaBody(body),
  answer: joinTokenSchema,
  handle: async (deps, call) => ({ token: await deps.joinTokens.forCluster(call.body.cluster_name) }),
})
