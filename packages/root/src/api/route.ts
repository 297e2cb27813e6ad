import type { Readable } from 'node:stream'
import type { Note, ParseResult } from '@oakestra/sla'
import type { z } from 'zod'
import type { Actor } from '../accounts/actor.ts'
import type { ApiContext } from './deps.ts'
import type { Permission } from './permission.ts'
import type { IfMatch } from './versions/version.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Names of the parameters in a path such as `/api/service/:serviceId`. */
type ParameterNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

/** How a body is read: the schema is for the document, `parse` decides. */
export interface BodyReader<Body> {
  readonly schema: z.ZodType
  /** False for calls that work without a body. */
  readonly required: boolean
  parse(json: unknown, deps: ApiContext): Promise<ParseResult<Body>>
  /** Status of the refusal where it is not 400. */
  readonly refusalStatus?: number
}

/** One call as its handler sees it. */
export interface Call<Path extends string, Query, Body> {
  readonly params: Readonly<Record<ParameterNames<Path>, string>>
  readonly query: Query
  readonly body: Body
  /** Remarks on a body that was accepted. */
  readonly notes: readonly Note[]
  /** Who calls; of a public route nobody is known. */
  readonly actor: Actor
  /** Token of the Authorization header, for routes that read it themselves, and for streams, which outlive it. */
  readonly bearer: string
  /** Of the header Last-Event-ID; empty without it. */
  readonly lastEventId: string
  readonly address: string
  /** Versions of the object that the caller accepts, of the If-Match header; for routes that read it. */
  readonly ifMatch: IfMatch
  /** Aborted when the client is gone or the server stops. */
  readonly signal: AbortSignal
}

/** @param json the body as it came, which has been found right once */
export type BeforeHandling = (deps: ApiContext, call: Call<string, unknown, unknown>, json: unknown) => Promise<unknown>

/** An operation of the API: all that is known about it, in one place. */
export interface RouteDefinition<Path extends string, Query, Body> {
  readonly method: Method
  /** Without a trailing slash; both forms are served. */
  readonly path: Path
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly permission: Permission
  readonly query?: z.ZodType<Query>
  readonly body?: BodyReader<Body>
  /** Shape of the answer; for a stream, of one line. */
  readonly answer: z.ZodType
  /** Media type of an answer that is a stream. */
  readonly stream?: string
  /** Of a success, where clients expect another than 200; with 204 nothing is sent. */
  readonly status?: 201 | 204
  /** Asks the hooks that want to know before it happens; gives the body as they leave it, which is read again when they changed it. */
  readonly before?: BeforeHandling
  /** True where `call.ifMatch` is heeded; elsewhere the header is refused, for a change that nobody guards must not look guarded. */
  readonly ifMatch?: true
  /** Gives the answer's document, or `Answered` where headers say something as well. */
  handle(deps: ApiContext, call: Call<Path, Query, Body>): Promise<unknown>
}

/** A route whose types are checked and forgotten, so that routes can be listed. */
export interface Route extends Omit<RouteDefinition<string, unknown, unknown>, 'handle' | 'body' | 'query'> {
  readonly query?: z.ZodType
  readonly body?: BodyReader<unknown>
  readonly handle: (deps: ApiContext, call: Call<string, unknown, unknown>) => Promise<unknown>
}

/** States a route; the path decides the names of its parameters, query and body the types its handler gets. */
export function defineRoute<const Path extends string, Query = undefined, Body = undefined>(
  definition: RouteDefinition<Path, Query, Body>,
): Route {
  // The registrar calls a handler only with what the route's own readers produced.
  return definition as unknown as Route
}

export function isStream(answer: unknown): answer is Readable {
  return typeof answer === 'object' && answer !== null && 'pipe' in answer && typeof answer.pipe === 'function'
}
