import { type Clock, OakError } from '@oakestra/base'
import fastify, { type FastifyInstance } from 'fastify'
import { errorAnswer } from './local/api-errors.ts'
import type { LocalDesk } from './local/local-desk.ts'
import { addLocalRoutes } from './local/routes.ts'
import { TokenGuard } from './local/token-guard.ts'
import { addResourceRoutes } from './resources/routes.ts'

export interface ClusterApiDeps {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly isConnected: () => boolean
  readonly local: LocalDesk
  /** With which operators may use what is below `/api/local`. */
  readonly localToken: string
  /** Adds routes of the process around it; those named check by themselves who asks. */
  readonly extension?: { readonly open: readonly string[]; add(app: FastifyInstance): void }
  readonly clock: Clock
}

const STATUS = '/api/cluster/status'

/** Of requests that carry no document. */
const SMALL_BODY_BYTES = 16 * 1024

/**
 * The cluster's own HTTP interface. The status needs no login: installers of upstream probe it before there is anybody
 * to log in as, and it tells nothing that the address does not. `reference/experience.md` 2.2 "install worker". Everything else
 * needs the token.
 */
export function createClusterApi(deps: ClusterApiDeps): FastifyInstance {
  const api = fastify({ bodyLimit: SMALL_BODY_BYTES, routerOptions: { ignoreTrailingSlash: true } })
  const open = new Set([STATUS, ...(deps.extension?.open ?? [])])
  const guard = new TokenGuard(deps.localToken, deps.clock)
  // Before the body is read, so that nobody is made to take in what a stranger sends.
  api.addHook('onRequest', async ({ headers, ip, routeOptions }) => {
    if (!open.has(routeOptions.url ?? '')) guard.check(headers.authorization, ip)
  })
  api.setErrorHandler(async (thrown, _request, reply) => {
    const { status, headers, body } = errorAnswer(thrown)
    reply.code(status).headers(headers)
    return body
  })
  api.setNotFoundHandler(async () => {
    throw new OakError('not-found', 'there is no such operation on a cluster; root has the REST API')
  })
  readEverythingAsJson(api)
  api.get(STATUS, async () => ({
    cluster_name: deps.name,
    cluster_id: deps.id,
    connected_to_root: deps.isConnected(),
    version: deps.version,
  }))
  addLocalRoutes(api, deps.local)
  addResourceRoutes(api, deps.local)
  deps.extension?.add(api)
  return api
}

/** Whatever its label says, as root does. No body reads as undefined. */
function readEverythingAsJson(api: FastifyInstance): void {
  api.removeAllContentTypeParsers()
  api.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string | Buffer) => {
    const text = body.toString()
    try {
      return text.trim() === '' ? undefined : JSON.parse(text, refusePoison)
    } catch (thrown) {
      throw thrown instanceof OakError ? thrown : new OakError('bad-request', 'the body is not valid JSON', { cause: thrown })
    }
  })
}

/** A key that would become an object's prototype when the document is copied. */
function refusePoison(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new OakError('bad-request', 'the body has a member named __proto__')
  return value
}
