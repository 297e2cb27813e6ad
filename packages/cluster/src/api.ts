import fastify, { type FastifyInstance } from 'fastify'

export interface ClusterApiDeps {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly isConnected: () => boolean
}

/**
 * The cluster's own HTTP interface. The status needs no login: installers of upstream probe it before there is anybody
 * to log in as, and it tells nothing that the address does not. `reference/experience.md` 2.2 "install worker".
 */
export function createClusterApi(deps: ClusterApiDeps): FastifyInstance {
  const api = fastify({ bodyLimit: 1024, ignoreTrailingSlash: true })
  api.get('/api/cluster/status', async () => ({
    cluster_name: deps.name,
    cluster_id: deps.id,
    connected_to_root: deps.isConnected(),
    version: deps.version,
  }))
  api.setNotFoundHandler(async (_request, reply) => {
    reply.code(404)
    return { code: 404, status: 'Not Found', message: 'there is no such operation on a cluster; root has the REST API' }
  })
  return api
}
