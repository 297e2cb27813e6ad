import { OakError } from '@oakestra/base'
import { parseJson, refusalOf } from './api-error.ts'
import type { Fetch, FetchAnswer } from './fetch.ts'
import { OPERATIONS } from './generated/operations.ts'
import type {
  Answer,
  DocumentOperation,
  EventOperation,
  InputArgument,
  LineOperation,
  ListOperation,
  OperationKey,
} from './operation-types.ts'
import { type PlainInput, requestOf } from './request.ts'
import { ndjsonValues } from './streams/ndjson.ts'
import { serverSentEvents } from './streams/server-sent-events.ts'

export interface ApiClientOptions {
  /** Where the API is, without `/api`: `http://root.example:10000`; empty for where a page comes from. */
  readonly baseUrl: string
  readonly fetch: Fetch
  /** The access token; asked for before each request. */
  readonly token: () => string | undefined | Promise<string | undefined>
  /**
   * Called when the server no longer takes the token, once for all calls that fail at the same time. Gets a new one, and says
   * whether there is one: then the calls are made again.
   */
  readonly onUnauthorized?: () => boolean | Promise<boolean>
}

/** An answer with what its headers say. */
export interface FullAnswer<Body> {
  readonly body: Body
  /** Of the object, for `ifMatch`. */
  readonly version?: string
  /** Of a page: where the next one begins; absent on the last. */
  readonly nextCursor?: string
}

/** An event of a stream: `data` as its operation describes it. */
export interface ApiEvent<Data> {
  /** For `lastEventId` of the next connection; empty when the server numbers none. */
  readonly id: string
  readonly type: string
  readonly data: Data
}

/**
 * Root's API. Every function throws `ApiError` when the server refuses, and OakError `unavailable` or `aborted` when it
 * cannot be asked. Nothing is asked twice but what a new token may change.
 */
export interface ApiClient {
  /** The answer's document. */
  call<Key extends DocumentOperation>(operation: Key, ...input: InputArgument<Key>): Promise<Answer<Key>>
  /** The same with version and cursor. */
  ask<Key extends DocumentOperation>(operation: Key, ...input: InputArgument<Key>): Promise<FullAnswer<Answer<Key>>>
  /** A list page by page; `query.limit` says how much a page holds. */
  pages<Key extends ListOperation>(operation: Key, ...input: InputArgument<Key>): AsyncGenerator<Answer<Key>, void, void>
  /** Values of a stream of lines, until it ends or the signal calls it off, which is an end like any other. */
  lines<Key extends LineOperation>(operation: Key, ...input: InputArgument<Key>): AsyncGenerator<Answer<Key>, void, void>
  /** Events until the connection ends. Who wants more connects again, with the last id. */
  events<Key extends EventOperation>(operation: Key, ...input: InputArgument<Key>): AsyncGenerator<ApiEvent<Answer<Key>>, void, void>
}

/** A client that works in browsers and in Node. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const send = sender(options)
  const ask = async (operation: OperationKey, input: PlainInput = {}) => fullAnswer(await send(operation, input))
  const client = {
    ask,
    call: async (operation: OperationKey, input?: PlainInput) => (await ask(operation, input)).body,
    async *pages(operation: OperationKey, input: PlainInput = {}) {
      let cursor: string | undefined
      do {
        const page = await ask(operation, { ...input, query: { ...input.query, ...(cursor === undefined ? {} : { cursor }) } })
        yield page.body
        cursor = page.nextCursor
      } while (cursor !== undefined)
    },
    async *lines(operation: OperationKey, input: PlainInput = {}) {
      yield* untilCalledOff(input.signal, async function* () {
        yield* ndjsonValues(streamOf(await send(operation, input)))
      })
    },
    async *events(operation: OperationKey, input: PlainInput = {}) {
      yield* untilCalledOff(input.signal, async function* () {
        const events = serverSentEvents(streamOf(await send(operation, input)))
        for await (const { id, type, data } of events) yield { id, type, data: parseJson(data) }
      })
    },
  }
  // The document says what each operation answers, and a test that the server does what the document says.
  return client as unknown as ApiClient
}

type Send = (operation: OperationKey, input: PlainInput) => Promise<FetchAnswer>

/** Sends with a token that is taken: a refused one is renewed, by one call for all that were refused meanwhile. */
function sender(options: ApiClientOptions): Send {
  let renewing: Promise<boolean> | undefined
  const renew = () => {
    renewing ??= Promise.resolve(options.onUnauthorized?.() ?? false).finally(() => {
      renewing = undefined
    })
    return renewing
  }
  return async (operation, input) => {
    const isPublic = OPERATIONS[operation].permission === 'public'
    const token = isPublic ? undefined : await options.token()
    const answer = await fetchOnce(options, operation, input, token)
    const mayRenew = answer.status === 401 && !isPublic && OPERATIONS[operation].permission !== 'refresh-token'
    // Another call may have got a new token while this one was on its way.
    if (mayRenew && ((await options.token()) !== token || (await renew()))) {
      return accepted(await fetchOnce(options, operation, input, await options.token()))
    }
    return accepted(answer)
  }
}

async function fetchOnce(
  options: ApiClientOptions,
  operation: OperationKey,
  input: PlainInput,
  token: string | undefined,
): Promise<FetchAnswer> {
  const { url, init } = requestOf(options.baseUrl, operation, input, token)
  try {
    return await options.fetch(url, init)
  } catch (thrown) {
    throw unanswered(thrown, input.signal, options.baseUrl)
  }
}

async function accepted(answer: FetchAnswer): Promise<FetchAnswer> {
  if (answer.status >= 200 && answer.status < 300) return answer
  throw await refusalOf(answer)
}

async function fullAnswer(answer: FetchAnswer): Promise<FullAnswer<unknown>> {
  const version = /^(?:W\/)?"(.*)"$/.exec(answer.headers.get('etag') ?? '')?.[1]
  const nextCursor = answer.headers.get('x-next-cursor')
  return {
    body: parseJson(await answer.text()),
    ...(version === undefined ? {} : { version }),
    ...(nextCursor === null ? {} : { nextCursor }),
  }
}

function streamOf(answer: FetchAnswer) {
  if (!answer.body) throw new OakError('unavailable', 'the server answered without a stream')
  return answer.body
}

/** Runs a stream until it ends; being called off is an end, not a failure. */
async function* untilCalledOff<T>(
  signal: AbortSignal | undefined,
  run: () => AsyncGenerator<T, void, void>,
): AsyncGenerator<T, void, void> {
  try {
    yield* run()
  } catch (thrown) {
    if (!signal?.aborted) throw thrown instanceof OakError ? thrown : unanswered(thrown, signal, 'the server')
  }
}

function unanswered(thrown: unknown, signal: AbortSignal | undefined, where: string): OakError {
  if (thrown instanceof OakError) return thrown
  if (signal?.aborted) return new OakError('aborted', 'called off', { cause: thrown })
  return new OakError('unavailable', `nothing answers at ${where || 'the address of this page'}`, { cause: thrown })
}
