import { type FetchAnswer, refusalOf, type ServerEvent, serverSentEvents } from '@oakestra/api-client'
import { OakError } from '@oakestra/base'
import { watchedFetch } from '../../live/watched-fetch.ts'
import type { Pass } from './access.ts'

export type Query = Readonly<Record<string, string | number | undefined>>

/** Reads what is below `/api/infrastructure`, as whoever has the pass. */
export class InfrastructureApi {
  readonly #pass: Pass

  constructor(pass: Pass) {
    this.#pass = pass
  }

  /** @throws ApiError when it is refused, OakError `unavailable` when nothing answers */
  async get<Answer>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Answer> {
    const answer = await this.#ask(address(path, query), signal)
    return JSON.parse(await answer.text()) as Answer
  }

  /** Events until the connection ends. @param heard called for every piece, also for those that only say that it still stands */
  async *events(path: string, query: Query, signal: AbortSignal, heard: () => void): AsyncGenerator<ServerEvent> {
    const { body } = await this.#ask(address(path, query), signal, heard)
    if (!body) throw new OakError('unavailable', 'it answered without a stream')
    yield* serverSentEvents(body)
  }

  async #ask(url: string, signal?: AbortSignal, heard: () => void = () => undefined): Promise<FetchAnswer> {
    const first = await this.#send(url, signal, heard)
    const answer = first.status === 401 && (await this.#pass.refused()) ? await this.#send(url, signal, heard) : first
    if (answer.status >= 200 && answer.status < 300) return answer
    throw await refusalOf(answer)
  }

  async #send(url: string, signal: AbortSignal | undefined, heard: () => void): Promise<FetchAnswer> {
    const token = await this.#pass.token()
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    try {
      return await watchedFetch(heard)(url, { method: 'GET', headers, ...(signal && { signal }) })
    } catch (thrown) {
      throw new OakError(signal?.aborted ? 'aborted' : 'unavailable', 'nothing answers at the address of this page', { cause: thrown })
    }
  }
}

function address(path: string, query: Query): string {
  const words = Object.entries(query).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, String(value)]]))
  return words.length === 0 ? `/api/infrastructure${path}` : `/api/infrastructure${path}?${new URLSearchParams(words).toString()}`
}
