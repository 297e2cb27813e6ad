import { OakError } from '@oakestra/base'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Actor } from '../accounts/actor.ts'
import { userActor } from '../events/record-event.ts'
import { storeAs } from '../events/recording-store.ts'
import { Answered } from './answered.ts'
import { parseWith } from './bodies.ts'
import type { ApiContext } from './deps.ts'
import { refusal } from './errors.ts'
import { bearerOf } from './guard.ts'
import type { OpenStreams } from './open-streams.ts'
import { type Call, isStream, type Route } from './route.ts'
import { type IfMatch, readIfMatch } from './versions/version.ts'

/** For calls that are over before anybody could call them off. */
const NEVER = new AbortController().signal

/** Proxies that gather what they pass on would hold back what happens now. */
const STREAM_HEADERS = { 'x-accel-buffering': 'no' }

/** Puts a route on the server: reads what it asks for, hands it over, sends what comes back. Success is 200 where it says nothing else. */
export function registerRoute(app: FastifyInstance, deps: ApiContext, route: Route, streams: OpenStreams): void {
  app.route({
    method: route.method,
    url: route.path,
    config: { permission: route.permission, tag: route.tag },
    // Asking only for the headers of a stream would still open it.
    exposeHeadRoute: route.stream === undefined,
    handler: async (request, reply) => {
      if (!route.stream) {
        const call = await afterHooks(route, deps, await callOf(route, deps, request, NEVER), request.body)
        const answer = await route.handle(actingFor(deps, route, call.actor), call)
        const { body, headers } = answer instanceof Answered ? answer : { body: answer, headers: {} }
        // A long list that is sent as it is read.
        if (isStream(body)) reply.type('application/json')
        return reply
          .code(route.status ?? 200)
          .headers(headers)
          .send(route.status === 204 ? undefined : body)
      }
      const answer = await route.handle(deps, await callOf(route, deps, request, streams.open(reply.raw)))
      return isStream(answer) ? reply.type(route.stream).headers(STREAM_HEADERS).send(answer) : answer
    },
  })
}

/** What a call changes, its caller did: events say so. */
function actingFor(deps: ApiContext, route: Route, actor: Actor): ApiContext {
  return route.method === 'GET' || actor === NOBODY ? deps : { ...deps, store: storeAs(deps.store, userActor(actor)) }
}

type AnyCall = Call<string, unknown, unknown>

/** The call as hooks leave it. What they change is read like what a client sends. */
async function afterHooks(route: Route, deps: ApiContext, call: AnyCall, json: unknown): Promise<AnyCall> {
  if (!route.before) return call
  const changed = await route.before(deps, call, json)
  return changed === json ? call : { ...call, ...(await readBody(route, deps, changed)) }
}

async function callOf(route: Route, deps: ApiContext, request: FastifyRequest, signal: AbortSignal): Promise<AnyCall> {
  return {
    params: request.params as Readonly<Record<string, string>>,
    query: readQuery(route, request),
    ...(await readBody(route, deps, request.body)),
    actor: request.actor ?? NOBODY,
    bearer: route.permission.kind === 'refresh-token' || route.stream !== undefined ? bearerOf(request) : '',
    lastEventId: request.headers['last-event-id']?.toString() ?? '',
    address: request.ip,
    ifMatch: ifMatchOf(route, request),
    signal,
  }
}

/** Public routes have no caller; should one ask all the same, nobody owns nothing. */
const NOBODY: Actor = { userId: '', name: '', roles: [], organizationId: '' }

/** Reading needs no version: only changes are refused. */
function ifMatchOf(route: Route, request: FastifyRequest): IfMatch {
  const header = request.headers['if-match']
  if (header === undefined || route.method === 'GET') return undefined
  if (!route.ifMatch) throw new OakError('bad-request', 'this call has no use for If-Match: leave the header out')
  return readIfMatch(header)
}

function readQuery(route: Route, request: FastifyRequest): unknown {
  if (!route.query) return undefined
  const result = parseWith(route.query, request.query)
  if (!result.ok) throw refusal(result.violations)
  return result.value
}

async function readBody(route: Route, deps: ApiContext, json: unknown): Promise<Pick<AnyCall, 'body' | 'notes'>> {
  if (!route.body) return { body: undefined, notes: [] }
  if (json === undefined && route.body.required) throw new OakError('bad-request', 'this call needs a JSON body')
  const result = await route.body.parse(json, deps)
  if (!result.ok) throw refusal(result.violations, route.body.refusalStatus)
  return { body: result.value, notes: result.notes }
}
