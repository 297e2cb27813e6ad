import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ApplicationView, InstanceView } from '../client/types.ts'
import { type FakeState, routeOperation, routeUnclaimed } from './fake-operations.ts'

/** A root that keeps what it is told in memory and answers in the documented shapes. For tests of the command line only. */
export interface FakeRoot extends FakeState, AsyncDisposable {
  readonly url: string
  readonly password: string
  readonly applications: ApplicationView[]
  /** `METHOD /path` of every request, in order. */
  readonly requests: string[]
  /** What a new instance looks like; tests replace it to refuse or delay. */
  makeInstance: (number: number) => InstanceView
  /** What a restart makes of an instance; tests replace it to make it take its time. */
  afterRestart: (instance: InstanceView) => InstanceView
  /** What happened, the newest first. */
  events: readonly { readonly id: string }[]
  /** What is told of the control plane, by the path below `/api/infrastructure`; a list is a stream of events. */
  infrastructure: Readonly<Record<string, unknown>>
  /** Lines of any log. */
  logLines: readonly unknown[]
  /** Ends every token that was given out. */
  endTokens(): void
}

type Answer = readonly [status: number, body: unknown]

export async function startFakeRoot(): Promise<FakeRoot> {
  const root = createState()
  const server = createServer((request, response) => void handle(root, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(root, {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

interface State extends Omit<FakeRoot, 'url' | typeof Symbol.asyncDispose> {
  readonly tokens: Set<string>
}

function createState(): State {
  const tokens = new Set<string>()
  return {
    password: 'first password',
    applications: [],
    services: [],
    clusters: [],
    nodes: [],
    unclaimed: [],
    revisions: [],
    bodies: [],
    refusal: undefined,
    requests: [],
    tokens,
    makeInstance: (number) => ({ instance_number: number, status: 'RUNNING', worker_name: 'n1' }),
    afterRestart: (instance) => instance,
    logLines: [],
    events: [],
    infrastructure: {},
    endTokens: () => tokens.clear(),
  }
}

async function handle(root: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? ''
  root.requests.push(`${request.method} ${path}`)
  if (path.startsWith('/api/infrastructure/')) return sendInfrastructure(root, path, response)
  if (/\/logs(\?|$)/.test(path)) return sendLog(root, path, response)
  if (path.startsWith('/api/events/stream')) return sendEvents(root, response)
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const body: unknown = parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString()) : undefined
  const [status, answer] = route(root, `${request.method} ${path}`, request.headers.authorization ?? '', body)
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

function sendInfrastructure({ infrastructure }: State, path: string, response: ServerResponse): void {
  const answer = infrastructure[new URL(path, 'http://root').pathname.slice('/api/infrastructure'.length)]
  if (!path.includes('/stream')) return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const data of answer as readonly unknown[]) response.write(`event: line\ndata: ${JSON.stringify(data)}\n\n`)
}

function sendLog(root: State, path: string, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  for (const line of root.logLines) response.write(`${JSON.stringify(line)}\n`)
  if (!path.includes('follow=true')) response.end()
}

function sendEvents(root: State, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 2000\n\n')
  for (const event of root.events.toReversed()) response.write(`id: ${event.id}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`)
}

function route(root: State, call: string, authorization: string, body: unknown): Answer {
  if (call.startsWith('GET /api/events')) return [200, root.events]
  if (call === 'GET /api/status') return [200, { version: '9.9.9', ready: true }]
  if (call === 'POST /api/auth/login') return logIn(root, body as { username: string; password: string })
  if (call === 'POST /api/auth/refresh')
    return authorization === 'Bearer refresh' ? [200, { token: newToken(root) }] : [401, { message: 'the token has ended' }]
  if (!root.tokens.has(authorization.replace('Bearer ', ''))) return [401, { message: 'log in first' }]
  return routeKnown(root, call, body)
}

function logIn(root: State, body: { username: string; password: string }): Answer {
  if (body.password !== root.password) return [401, { message: 'wrong user name or password' }]
  return [200, { token: newToken(root), refresh_token: 'refresh' }]
}

let tokensMade = 0

/** A JWT in form only, good for an hour. */
function newToken(root: State): string {
  tokensMade += 1
  const claims = Buffer.from(JSON.stringify({ sub: 'Admin', exp: Date.now() / 1000 + 3600 })).toString('base64url')
  const token = `x.${claims}.${tokensMade}`
  root.tokens.add(token)
  return token
}

function routeKnown(root: State, call: string, body: unknown): Answer {
  if (call === 'GET /api/applications') return [200, root.applications]
  if (call === 'GET /api/clusters') return [200, root.clusters]
  if (call === 'GET /api/nodes') return [200, root.nodes]
  if (/^\w+ \/api\/unclaimed/.test(call)) return routeUnclaimed(root, call)
  if (call === 'POST /api/application') return createApplications(root, body)
  if (call === 'POST /api/clusters/join-token') return [200, { token: `cluster-token-${(body as { cluster_name: string }).cluster_name}` }]
  const nodeToken = /^POST \/api\/cluster\/(\w+)\/join-token$/.exec(call)
  if (nodeToken) return [200, { token: `node-token-${nodeToken[1]}` }]
  const list = /^GET \/api\/services(?:\/(\w+))?$/.exec(call)
  if (list) return [200, root.services.filter((service) => !list[1] || service.applicationID === list[1])]
  const application = /^DELETE \/api\/application\/(\w+)$/.exec(call)
  if (application) return deleteApplication(root, application[1] ?? '')
  return routeOperation(root, call, body) ?? routeService(root, call)
}

function routeService(root: State, call: string): Answer {
  const match = /^(GET|POST|DELETE) \/api\/service\/(\w+)(\/instance(?:\/(\d+))?)?$/.exec(call)
  const service = root.services.find(({ microserviceID }) => microserviceID === match?.[2])
  if (!match || !service) return [404, { message: 'there is nothing here' }]
  const [, method, , instance, number] = match
  const instances = service.instance_list ?? []
  if (method === 'POST') service.instance_list = [...instances, root.makeInstance(instances.length)]
  if (method === 'DELETE') service.instance_list = instances.filter(({ instance_number }) => instance_number !== Number(number))
  if (method === 'GET' && instance) return [200, instances.find(({ instance_number }) => instance_number === Number(number))]
  return [200, method === 'GET' ? service : { message: 'ok' }]
}

const VIOLATIONS = [
  { path: 'sla_version', expected: '"v2.0"', found: 'nothing' },
  { path: 'applications', expected: 'a list', found: 'nothing' },
]

function createApplications(root: State, body: unknown): Answer {
  const { applications } = body as {
    applications?: { application_name: string; application_namespace: string; microservices: NewService[] }[]
  }
  if (!applications) return [400, { message: 'sla_version: expected "v2.0", found nothing (and 1 more)', errors: VIOLATIONS }]
  for (const { application_name, application_namespace, microservices } of applications) {
    const applicationID = hexId(`a${root.applications.length}`)
    const ids = microservices.map((service) => addService(root, applicationID, application_name, service))
    root.applications.push({ applicationID, application_name, application_namespace, microservices: ids })
  }
  return [200, root.applications]
}

interface NewService {
  readonly microservice_name: string
  readonly replicas?: number
}

function addService(root: State, applicationID: string, application_name: string, { microservice_name, replicas }: NewService): string {
  const microserviceID = hexId(`b${root.services.length}`)
  root.services.push({
    microserviceID,
    microservice_name,
    microservice_namespace: 'test',
    applicationID,
    application_name,
    replicas: replicas ?? null,
    instance_list: Array.from({ length: replicas ?? 0 }, (_, number) => root.makeInstance(number)),
  })
  return microserviceID
}

function deleteApplication(root: State, id: string): Answer {
  root.applications.splice(0, root.applications.length, ...root.applications.filter(({ applicationID }) => applicationID !== id))
  root.services.splice(0, root.services.length, ...root.services.filter(({ applicationID }) => applicationID !== id))
  return [200, { message: 'ok' }]
}

function hexId(seed: string): string {
  return seed.padEnd(24, '0')
}
