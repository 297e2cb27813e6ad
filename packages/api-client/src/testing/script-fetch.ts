import type { Fetch, FetchAnswer, FetchInit } from '../fetch.ts'

export interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Pieces of a body as they arrive. */
  readonly pieces?: readonly (string | Uint8Array)[]
}

export interface Asked {
  readonly url: string
  readonly init: FetchInit
}

/** A `fetch` that answers by a function, and remembers what it was asked. */
export function scriptFetch(answer: (asked: Asked) => ScriptedAnswer | Promise<ScriptedAnswer>): Fetch & { readonly asked: Asked[] } {
  const asked: Asked[] = []
  const fetch = async (url: string, init: FetchInit): Promise<FetchAnswer> => {
    asked.push({ url, init })
    const { status = 200, headers = {}, body, pieces } = await answer({ url, init })
    return new Response(pieces ? streamOf(pieces) : JSON.stringify(body), { status, headers })
  }
  return Object.assign(fetch, { asked })
}

export function streamOf(pieces: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
      controller.close()
    },
  })
}
