import { LIMITS, OakError } from '@oakestra/base'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { LocalDesk } from './local-desk.ts'

interface OfService {
  readonly id: string
}

interface OfInstance extends OfService {
  readonly n: string
}

const ACTOR_LENGTH_MAX = 100

/** Operations at the cluster itself, below `/api/local`. Whoever gets here has the cluster's token. */
export function addLocalRoutes(api: FastifyInstance, desk: LocalDesk): void {
  addViews(api, desk)
  addChanges(api, desk)
}

function addViews(api: FastifyInstance, desk: LocalDesk): void {
  api.get('/api/local/services', () => desk.services())
  api.get('/api/local/orders', () => desk.orders())
  api.get('/api/local/nodes', async () => desk.nodes())
  api.get<{ Params: OfService }>('/api/local/service/:id', ({ params }) => desk.service(params.id))
  api.get<{ Params: OfInstance; Querystring: { tail?: string; follow?: string } }>(
    '/api/local/service/:id/instance/:n/logs',
    async ({ params, query }, reply) => {
      const tail = query.tail === undefined ? {} : { tail: wholeNumber(query.tail, 'tail', 0) }
      const stream = await desk.logs(params.id, wholeNumber(params.n, 'the number', 0), { follow: query.follow === 'true', ...tail })
      return reply.header('content-type', 'application/x-ndjson').send(stream)
    },
  )
}

function addChanges(api: FastifyInstance, desk: LocalDesk): void {
  const { changes } = desk
  api.route({
    method: 'POST',
    url: '/api/local/application',
    bodyLimit: LIMITS.requestBodyBytes,
    handler: async (request) => {
      const made = new Set(await changes.deploy(request.body, actorOf(request)))
      return (await desk.services()).filter(({ id }) => made.has(id))
    },
  })
  api.route<{ Params: OfService }>({
    method: 'POST',
    url: '/api/local/service/:id/instance',
    handler: async (request) => {
      const { number } = await changes.addInstance(request.params.id, actorOf(request))
      return { ...(await desk.service(request.params.id)), instance_number: number }
    },
  })
  api.route<{ Params: OfService }>({
    method: 'PUT',
    url: '/api/local/service/:id/replicas',
    handler: async (request) => {
      await changes.setReplicas(request.params.id, replicasIn(request.body), actorOf(request))
      return desk.service(request.params.id)
    },
  })
  api.route<{ Params: OfInstance }>({
    method: 'DELETE',
    url: '/api/local/service/:id/instance/:n',
    handler: async (request) => {
      const { id, n } = request.params
      await changes.removeInstance(id, wholeNumber(n, 'the number', -1), actorOf(request))
      return { message: 'ok' }
    },
  })
  api.route<{ Params: OfInstance }>({
    method: 'POST',
    url: '/api/local/service/:id/instance/:n/restart',
    handler: async ({ params }) => {
      await changes.restartInstance(params.id, wholeNumber(params.n, 'the number', 0))
      return { message: 'ok' }
    },
  })
  api.patch<{ Params: OfService }>('/api/local/nodes/:id', ({ params, body }) => desk.changeNode(params.id, body))
}

/** One token is everybody's: who asks can only say so, and is believed as far as a record of changes goes. */
function actorOf(request: FastifyRequest): string {
  const { 'x-oak-actor': said } = request.headers
  return typeof said === 'string' && said !== '' ? said.slice(0, ACTOR_LENGTH_MAX) : request.ip
}

function replicasIn(body: unknown): number {
  const replicas = typeof body === 'object' && body !== null && 'replicas' in body ? body.replicas : undefined
  if (typeof replicas !== 'number') throw new OakError('bad-request', 'replicas: expected a whole number')
  return replicas
}

function wholeNumber(text: string, what: string, min: number): number {
  const value = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
    throw new OakError('bad-request', `${what}: expected a whole number of at least ${min}, found ${JSON.stringify(text.slice(0, 40))}`)
  }
  return value
}
