import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { OakError } from '@oakestra/base'
import type { FastifyInstance } from 'fastify'
import { PUBLIC } from '../permission.ts'
import type { Route } from '../route.ts'
import { openApiDocument } from './document.ts'

/** Files of Swagger UI that its page asks for, and what they are. Nothing else is served from the folder. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'index.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-16x16.png': 'image/png',
  'favicon-32x32.png': 'image/png',
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Oakestra root API</title>
    <link rel="stylesheet" href="/api/docs/swagger-ui.css" />
    <link rel="stylesheet" href="/api/docs/index.css" />
    <link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png" sizes="32x32" />
    <link rel="icon" type="image/png" href="/api/docs/favicon-16x16.png" sizes="16x16" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>
`

const START = `window.ui = SwaggerUIBundle({ url: '/docs/openapi.json', dom_id: '#swagger-ui', deepLinking: true, persistAuthorization: true })\n`

/** Swagger UI sets style attributes and draws icons from data addresses. */
const PAGE_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"

/**
 * Serves the document at `/docs/openapi.json` and its page at `/api/docs` (`reference/orchestration.md` 2.1).
 * Both are made when first asked for, and the page's files are streamed: idle they cost no memory.
 */
export function addDocumentation(app: FastifyInstance, routes: readonly Route[], staticDir?: string): void {
  let text: string | undefined
  const config = { permission: PUBLIC }
  app.get('/docs/openapi.json', { config }, async (_request, reply) => {
    text ??= JSON.stringify(openApiDocument(routes))
    return reply.type('application/json').send(text)
  })
  app.get('/api/docs', { config }, async (_request, reply) =>
    reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(PAGE),
  )
  app.get<{ Params: { file: string } }>('/api/docs/:file', { config, exposeHeadRoute: false }, async (request, reply) => {
    const { file } = request.params
    if (file === 'start.js') return reply.type('text/javascript; charset=utf-8').send(START)
    const type = Object.hasOwn(FILES, file) ? FILES[file] : undefined
    if (!type) throw new OakError('not-found', 'the documentation has no such file')
    const stream = createReadStream(join(staticDir ?? packagedDir(), file))
    return reply.type(type).header('cache-control', 'public, max-age=3600').send(stream)
  })
}

function packagedDir(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')), 'static')
}
