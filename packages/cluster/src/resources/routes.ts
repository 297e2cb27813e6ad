import { OakError } from '@oakestra/base'
import type { FastifyInstance } from 'fastify'
import type { LocalDesk } from '../local/local-desk.ts'
import type { ServiceView } from '../local/views.ts'
import { candidateView } from './candidate-view.ts'
import { jobView } from './job-view.ts'

interface OfOne {
  readonly id: string
}

interface OfInstance extends OfOne {
  readonly n: string
}

type Query = Readonly<Record<string, string | undefined>>

/**
 * Upstream's resource abstractor at a cluster: its nodes as candidates, what runs here as jobs. For whoever has the cluster's token.
 * What is written there by others is known here from reports; the answer says what to use instead. `reference/orchestration.md` 8.1.
 */
export function addResourceRoutes(api: FastifyInstance, desk: LocalDesk): void {
  addCandidates(api, desk)
  addJobs(api, desk)
  const apart = 'this is kept at root: ask at its API, below the same path'
  for (const path of ['/api/v1/applications', '/api/v1/hooks', '/api/v1/custom-resources']) {
    for (const url of [path, `${path}/*`]) api.all(url, () => refuse(apart))
  }
}

function addCandidates(api: FastifyInstance, desk: LocalDesk): void {
  const path = '/api/v1/resources'
  api.get<{ Querystring: Query }>(path, async ({ query }) => {
    const { active = '', candidate_name, ip, job_id, resources = '' } = query
    const running = job_id === undefined ? undefined : nodesOf(await desk.service(job_id))
    return desk
      .nodes()
      .filter((node) => !/^(true|1)$/i.test(active) || node.connected)
      .filter((node) => (candidate_name ?? node.name) === node.name && (ip ?? node.address) === node.address)
      .filter((node) => !running || running.has(node.id))
      .map((node) => candidateView(node, new Set(resources.split(',').map((member) => member.trim()))))
  })
  api.get<{ Params: OfOne }>(`${path}/:id`, async ({ params }) => candidateView(nodeOf(desk, params.id)))
  api.patch<{ Params: OfOne }>(`${path}/:id`, async ({ params, body }) => {
    nodeOf(desk, params.id)
    const { cordoned, draining, labels, ...others } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
    const [stranger] = Object.keys(others)
    if (stranger !== undefined) refuse(`${stranger} of a node is what the node reports; cordoned, draining and labels can be changed here`)
    const change = {
      ...(cordoned !== undefined && { cordoned }),
      ...(draining !== undefined && { draining }),
      ...(labels !== undefined && { labels }),
    }
    return candidateView(await desk.changeNode(params.id, change), new Set(['cordoned', 'draining', 'labels']))
  })
  const join = 'nodes join by themselves, with a token: oak node join-token'
  api.route({ method: ['POST', 'PUT'], url: path, handler: () => refuse(join) })
  api.delete(`${path}/:id`, () => refuse('nodes are removed at root: DELETE /api/clusters/{cluster}/nodes/{node}'))
}

function addJobs(api: FastifyInstance, desk: LocalDesk): void {
  const path = '/api/v1/jobs'
  api.get<{ Querystring: Query }>(path, async ({ query }) => {
    const { job_name } = query
    return (await desk.services()).filter(({ name }) => (job_name ?? name) === name).map((service) => jobView(service))
  })
  api.get<{ Params: OfOne }>(`${path}/:id`, async ({ params }) => jobView(await desk.service(params.id)))
  api.get<{ Params: OfInstance }>(`${path}/:id/:n`, async ({ params }) => {
    const service = await desk.service(params.id)
    const number = Number(params.n)
    if (!service.instances.some((instance) => instance.number === number))
      throw new OakError('not-found', 'there is no such instance in this cluster')
    return jobView(service, (each) => each === number)
  })
  const deploy = 'deploy, scale and undeploy at a cluster with /api/local, or at root'
  api.route({ method: ['POST', 'PUT'], url: path, handler: () => refuse(deploy) })
  for (const url of [`${path}/:id`, `${path}/:id/:n`]) api.route({ method: ['PUT', 'PATCH', 'DELETE'], url, handler: () => refuse(deploy) })
}

function nodeOf(desk: LocalDesk, id: string) {
  const node = desk.nodes().find((each) => each.id === id)
  if (!node) throw new OakError('not-found', 'there is no node of this id in this cluster')
  return node
}

function nodesOf({ instances }: ServiceView): ReadonlySet<string> {
  return new Set(instances.flatMap(({ node_id }) => node_id ?? []))
}

function refuse(instead: string): never {
  throw new OakError('not-supported', instead, { details: { status: 405 } })
}
