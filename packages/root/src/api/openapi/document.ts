import { z } from 'zod'
import { errorSchema } from '../errors.ts'
import type { Route } from '../route.ts'

/** Version of the contract, not of the program: raised when clients must change. */
const API_VERSION = '1.0.0'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document of some routes, made from the schemas that check their input. */
export function openApiDocument(routes: readonly Route[]): Json {
  const components = new Components()
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, components) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Oakestra root API', version: API_VERSION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components.schemas(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

function operation(route: Route, components: Components): Json {
  const { tag, summary, description, permission, body } = route
  return {
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    operationId: operationId(route),
    security: permission.kind === 'public' ? [] : [{ bearer: [] }],
    'x-permission': permission.kind === 'role' ? permission.anyOf : permission.kind,
    parameters: [...pathParameters(route.path), ...queryParameters(route.query), ...headerParameters(route)],
    ...(body ? { requestBody: { required: body.required, content: json(components.add(body.schema, 'input')) } } : {}),
    responses: responses(route, components),
  }
}

/** `POST /api/service/:serviceId/instance` as `postServiceByServiceIdInstance`. */
function operationId(route: Route): string {
  const words = route.path.replace(/^\/api\//, '').split(/[/-]/)
  const names = words.map((word) => (word.startsWith(':') ? `By${capital(word.slice(1))}` : capital(word)))
  return route.method.toLowerCase() + names.join('')
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function pathParameters(path: string): Json[] {
  const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1])
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (!(query instanceof z.ZodObject)) return []
  return Object.entries(query.shape).map(([name, schema]) => {
    const { description, ...shape } = withoutDialect(z.toJSONSchema(schema as z.ZodType, { io: 'input' }))
    return { name, in: 'query', required: false, ...(description ? { description } : {}), schema: shape }
  })
}

function headerParameters({ ifMatch }: Route): Json[] {
  const description = 'Carry out the change only if the object has this version, as its ETag said; 409 with the present one otherwise.'
  return ifMatch ? [{ name: 'If-Match', in: 'header', required: false, description, schema: { type: 'string' } }] : []
}

function responses(route: Route, components: Components): Json {
  const answer = { [route.stream ?? 'application/json']: { schema: components.add(route.answer, 'output') } }
  return {
    [route.status ?? 200]: { description: 'Done.', ...(route.status === 204 ? {} : { content: answer }) },
    default: { description: 'Refused or failed.', content: json(components.add(errorSchema, 'output')) },
  }
}

function json(schema: Json): Json {
  return { 'application/json': { schema } }
}

function withoutDialect(schema: object): Json {
  const { $schema: _, ...rest } = schema as Json
  return rest
}

/** Named schemas, each once. */
class Components {
  readonly #schemas = new Map<string, unknown>()

  /** The JSON schema of a zod schema, with its named parts moved here. */
  add(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $defs, ...root } = withoutDialect(z.toJSONSchema(schema, { io, reused: 'inline', override: openEnded }))
    for (const [name, part] of Object.entries(($defs as Json | undefined) ?? {})) this.#schemas.set(name, withoutId(rebase(part)))
    return rebase(root) as Json
  }

  schemas(): Json {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** Answers may grow: a client generated from the document must not stop at a member it does not know. */
function openEnded({ jsonSchema }: { readonly jsonSchema: { additionalProperties?: unknown } }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
}

function withoutId(schema: unknown): unknown {
  const { id: _, ...rest } = schema as Json
  return rest
}

/** Points references at where an OpenAPI document keeps named schemas. */
function rebase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rebase)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (key === '$ref' && typeof part === 'string') return [key, part.replace('#/$defs/', '#/components/schemas/')]
      return [key, rebase(part)]
    }),
  )
}
