import type { Random } from '@oakestra/base'
import type { InjectOptions } from 'fastify'
import type { Route } from '../../route.ts'
import { service, sla } from '../../testing/documents.ts'
import { authorization, type Identities } from './identities.ts'
import { SchemaValues } from './schema-values.ts'
import { anyValue, chance, type Json, mutated, oddText, pick, whole } from './values.ts'

const LABELS = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'x',
  '/',
  'a/b;;',
  '\u00ff/\u00ff',
  '',
]

export interface FuzzRequest {
  readonly options: InjectOptions
  /** Undefined for an address that is none of the API's. */
  readonly route: Route | undefined
  /** Whether the token, if one is needed, is in force. */
  readonly isTokenValid: boolean
}

/** What a document says about one operation. */
interface Described {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Json }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> }
}

/** Texts out of answers, so that requests speak of what exists. Bounded, the newest stay. */
const KNOWN_MAX = 300

/** Makes requests out of the API's own document: some right, most of them wrong in one place, some wrong in all. */
export class RequestMaker {
  readonly #random: Random
  readonly #routes: readonly Route[]
  readonly #paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly #values: SchemaValues
  readonly #known: string[] = ['root', 'Admin', 'ann', 'eve', '0', '1']

  constructor(random: Random, routes: readonly Route[], document: Json) {
    this.#random = random
    this.#routes = routes
    this.#paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Described>>>>
    const { schemas } = document['components'] as { readonly schemas: Readonly<Record<string, Json>> }
    this.#values = new SchemaValues(schemas, random, () => pick(random, this.#known))
  }

  /** Remembers ids and names of an answer. */
  learn(body: string): void {
    for (const [, id, name] of body.matchAll(/"(?:([0-9a-f]{24})|(n\d{1,6}))"/g)) this.#known.push(id ?? name ?? '')
    this.#known.splice(6, Math.max(0, this.#known.length - KNOWN_MAX))
  }

  next(identities: Identities): FuzzRequest {
    const random = this.#random
    const { header, isValid } = authorization(random, identities)
    const route = chance(random, 0.97) ? pick(random, this.#routes) : undefined
    const described = route && this.#paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()]
    const body = this.#body(route, described)
    const options: InjectOptions = {
      method: route?.method ?? pick(random, ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']),
      url: this.#url(route, described),
      headers: { ...this.#headers(), ...(header === undefined ? {} : { authorization: header }) },
      ...(body === undefined ? {} : { payload: body }),
    }
    return { options, route, isTokenValid: isValid }
  }

  #url(route: Route | undefined, described: Described | undefined): string {
    const random = this.#random
    const path = route ? this.#filledIn(route.path) : `/${pick(random, ['api', 'docs', 'frontend', ''])}/${encode(oddText(random))}`
    const slash = chance(random, 0.1) ? '/' : ''
    const query = (described?.parameters ?? []).flatMap(({ in: place, name, schema }) => {
      if (place !== 'query' || chance(random, 0.6)) return []
      const value = chance(random, 0.5) ? this.#values.of(schema) : oddText(random)
      return [`${encode(name)}=${encode(String(value))}`]
    })
    if (chance(random, 0.05)) query.push(`${encode(oddText(random))}=${encode(oddText(random))}`)
    return `${path}${slash}${query.length > 0 ? `?${query.join('&')}` : ''}`
  }

  #filledIn(path: string): string {
    const random = this.#random
    return path.replace(/:(\w+)/g, (_, name: string) => {
      if (name === 'instanceNumber' && chance(random, 0.8)) return String(whole(random, 4) - 1)
      // Nothing at all would be another address.
      return encode(chance(random, 0.85) ? pick(random, this.#known) : oddText(random)) || 'x'
    })
  }

  #body(route: Route | undefined, described: Described | undefined): string | undefined {
    const random = this.#random
    const schema = Object.values(described?.requestBody?.content ?? {})[0]?.schema
    if (!schema) return chance(random, 0.1) ? brokenText(random, anyValue(random)) : undefined
    if (chance(random, 0.05)) return undefined
    const fitting = chance(random, 0.5) ? this.#document(route) : undefined
    const right = fitting ?? this.#values.of(schema)
    const value = chance(random, 0.4) ? right : mutated(right, random)
    return chance(random, 0.05) ? brokenText(random, value) : JSON.stringify(value)
  }

  /** Documents that hang together, for operations whose schema alone rarely hits one. */
  #document(route: Route | undefined): unknown {
    const random = this.#random
    const name = () => `n${whole(random, 1e6)}`
    const services = Array.from({ length: 1 + whole(random, 3) }, () =>
      service(name(), chance(random, 0.3) ? { replicas: whole(random, 3) } : {}),
    )
    if (route?.path === '/api/application') return sla(name(), services)
    if (route?.path === '/api/service') return sla(name(), services, pick(random, this.#known))
    if (route?.path === '/api/service/:serviceId') return service(name(), { memory: whole(random, 100) })
    return undefined
  }

  #headers(): Record<string, string> {
    const random = this.#random
    return {
      ...(chance(random, 0.8) ? { 'content-type': pick(random, LABELS) } : {}),
      ...(chance(random, 0.1)
        ? { 'if-match': pick(random, ['"x"', '*', 'W/"0123456789abcdef"', '', '"', '"a", "b"', 'x'.repeat(2000)]) }
        : {}),
      ...(chance(random, 0.05) ? { 'last-event-id': pick(random, ['1', '-1', 'x', '99999999999999999999', '']) } : {}),
      ...(chance(random, 0.05) ? { origin: pick(random, ['null', 'https://evil.test', 'x']) } : {}),
      ...(chance(random, 0.03) ? { 'x-forwarded-for': '127.0.0.1', host: 'evil.test' } : {}),
    }
  }
}

/** Text that is almost JSON. */
function brokenText(random: Random, value: unknown): string {
  const text = JSON.stringify(value)
  const kind = whole(random, 5)
  if (kind === 0) return text.slice(0, whole(random, text.length + 1))
  if (kind === 1) return `${text}${text}`
  if (kind === 2) return `{"__proto__":${text}}`
  if (kind === 3) return '['.repeat(20_000)
  return `\ufeff${text}`
}

/** A lone surrogate has no form in an address. */
function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
}
