import { type FetchAnswer, refusalOf, type ServerEvent, serverSentEvents } from '@oakestra/api-client'
import { OakError } from '@oakestra/base'
import { nodeFetch } from './node-fetch.ts'
import { IDLE_MS, type Session } from './session.ts'

// Streams say every few seconds that they are there: `docs/observability.md`.
const STREAM_IDLE_MS = 45_000

export type Words = Readonly<Record<string, string | number | undefined>>

/** What is below `/api/infrastructure`: how the control plane itself is. */
export interface InfrastructureClient {
  /** @throws ApiError when root refuses, OakError `unavailable` when nothing answers */
  get<Answer>(path: string, words?: Words): Promise<Answer>
  /** Events until the connection ends. @throws as `get` */
  events(path: string, words: Words): AsyncGenerator<ServerEvent>
}

/** The client of the session's user; gives up when the signal is aborted. */
export function createInfrastructureClient(session: Session, signal: AbortSignal): InfrastructureClient {
  const send = async (path: string, words: Words, idleMs: number): Promise<FetchAnswer> => {
    const headers = { authorization: `Bearer ${await session.token()}` }
    return nodeFetch(idleMs)(addressOf(session.api, path, words), { method: 'GET', headers, signal })
  }
  const ask = async (path: string, words: Words, idleMs: number): Promise<FetchAnswer> => {
    let answer = await send(path, words, idleMs)
    if (answer.status === 401) {
      await session.renew()
      answer = await send(path, words, idleMs)
    }
    if (answer.status >= 200 && answer.status < 300) return answer
    throw await refusalOf(answer)
  }
  return {
    get: async <Answer>(path: string, words: Words = {}) => JSON.parse(await (await ask(path, words, IDLE_MS)).text()) as Answer,
    async *events(path, words) {
      const { body } = await ask(path, words, STREAM_IDLE_MS)
      if (!body) throw new OakError('unavailable', 'root answered without a stream')
      yield* serverSentEvents(body)
    },
  }
}

function addressOf(api: URL, path: string, words: Words): string {
  const url = new URL(`/api/infrastructure${path}`, api)
  for (const [name, value] of Object.entries(words)) if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
  return url.href
}
