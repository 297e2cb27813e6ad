import { LIMITS, OakError, toOakError } from '@oakestra/base'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { ObjectChecks } from '../custom-resources/object-checks.ts'
import { INFRASTRUCTURE_ROLES } from '../events/alert-news.ts'
import { createWatch } from '../events/watch.ts'
import { addAudit } from './audit/add-audit.ts'
import { drain, refuseBroken } from './broken-requests.ts'
import { addCors } from './cors.ts'
import type { RootApiDeps } from './deps.ts'
import { errorAnswer, httpLayerFailure } from './errors.ts'
import { addMultipartParser } from './frontend/multipart.ts'
import { createUploads } from './frontend/uploads.ts'
import { addGuard } from './guard.ts'
import { addJsonParser } from './json-parser.ts'
import { createOpenStreams } from './open-streams.ts'
import { addDocumentation } from './openapi/documentation.ts'
import { anyOf, PUBLIC } from './permission.ts'
import { registerRoute } from './register.ts'
import { ROUTES } from './routes.ts'
import { createLogTails } from './views/log-tails.ts'

/** A request that is not here after this time never comes: slow senders must not hold connections. */
const REQUEST_TIMEOUT_MS = 30_000
/** Longer than any id, name or number in an address. */
const PARAMETER_LENGTH_MAX = 128

/**
 * Builds root's API without listening: use `inject`, or `listen`. Closing it ends every open stream.
 */
export async function createRootApi(deps: RootApiDeps): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: LIMITS.requestBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    genReqId: () => deps.ids.next(),
    // Clients of upstream use both forms and some do not follow redirects with a body. `reference/orchestration.md` 2.1.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAMETER_LENGTH_MAX },
    clientErrorHandler: refuseBroken,
    frameworkErrors: (error, request, reply) => void sendFailure(deps, error, request, reply),
  })
  addJsonParser(app)
  addMultipartParser(app)
  addFailures(app, deps)
  // Behind the failures, for what it adds answers in their form as well; before the guard, for its routes have no permission.
  await addCors(app, deps.origins)
  addHeaders(app)
  addAudit(app, deps)
  addGuard(app, deps)
  const streams = createOpenStreams()
  app.addHook('preClose', async () => streams.closeAll())
  const context = {
    ...deps,
    logTails: createLogTails(deps.logs, deps.clock),
    watch: createWatch(deps),
    uploads: createUploads(deps.ids),
    objectChecks: new ObjectChecks(),
  }
  for (const route of ROUTES) registerRoute(app, context, route, streams)
  deps.extension?.(app, { people: { permission: anyOf(...INFRASTRUCTURE_ROLES) }, scrapers: { permission: PUBLIC } })
  addDocumentation(app, ROUTES, deps.swaggerUiStaticDir)
  await app.ready()
  return app
}

function addFailures(app: FastifyInstance, deps: RootApiDeps): void {
  app.setErrorHandler(async (thrown: FastifyError | OakError, request, reply) => {
    await drain(request.raw)
    return sendFailure(deps, thrown, request, reply)
  })
  app.setNotFoundHandler((request, reply) => {
    const failure = new OakError('not-found', `there is nothing at ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}`)
    return sendFailure(deps, failure, request, reply)
  })
}

function sendFailure(
  deps: RootApiDeps,
  thrown: unknown,
  request: Pick<FastifyRequest, 'id' | 'method' | 'failure'>,
  reply: FastifyReply,
): FastifyReply {
  const failure = httpLayerFailure(thrown) ?? toOakError(thrown)
  request.failure = failure
  const answer = errorAnswer(failure, request.id)
  if (answer.status === 500) deps.logger.error('a request failed', { requestId: request.id, method: request.method, err: thrown })
  return reply.code(answer.status).headers(answer.headers).type('application/json').send(answer.body)
}

/** Harmless for programs; they keep a browser from reading more into an answer than data. */
function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
  })
}
