import { OakError } from '@oakestra/base'
import type { FetchInit } from './fetch.ts'

type Text = string | number | boolean

/** A call before its types are known: what all inputs have in common. */
export interface PlainInput {
  readonly params?: Readonly<Record<string, Text>>
  readonly query?: Readonly<Record<string, Text | undefined>>
  readonly body?: unknown
  readonly signal?: AbortSignal
  readonly ifMatch?: string
  readonly lastEventId?: string
}

export interface PlainRequest {
  readonly url: string
  readonly init: FetchInit
}

/** `GET /api/service/{serviceId}` and what belongs into it, as a request. Pure. @throws OakError `bad-request` */
export function requestOf(baseUrl: string, operation: string, input: PlainInput, token: string | undefined): PlainRequest {
  const [method = '', path = ''] = operation.split(' ')
  const body = input.body === undefined ? undefined : JSON.stringify(input.body)
  return {
    url: `${baseUrl.replace(/\/+$/, '')}${filledIn(path, input.params ?? {})}${queryOf(input.query ?? {})}`,
    init: {
      method,
      headers: headersOf(input, body, token),
      ...(body === undefined ? {} : { body }),
      ...(input.signal ? { signal: input.signal } : {}),
    },
  }
}

function headersOf(input: PlainInput, body: string | undefined, token: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(input.ifMatch === undefined ? {} : { 'if-match': `"${input.ifMatch}"` }),
    ...(input.lastEventId ? { 'last-event-id': input.lastEventId } : {}),
  }
}

/** An empty part would ask for another address: `/api/service/` instead of one service. */
function filledIn(path: string, params: Readonly<Record<string, Text>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(params[name] ?? '')
    if (value === '' || value === '.' || value === '..') throw new OakError('bad-request', `the ${name} of ${path} is missing`)
    return encodeURIComponent(value)
  })
}

function queryOf(query: Readonly<Record<string, Text | undefined>>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? '' : `?${search}`
}
