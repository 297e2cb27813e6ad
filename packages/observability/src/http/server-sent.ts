import { Readable } from 'node:stream'

/** What is sent to a page that listens: a name and JSON. */
export interface ServerSent {
  readonly event: string
  readonly data: unknown
}

// Proxies and browsers give up what is silent for longer.
const HEARTBEAT_MS = 15_000

export interface SentStream {
  /** What is to be sent next; waits for it. Ends the stream by returning nothing. */
  next(signal: AbortSignal): Promise<readonly ServerSent[] | undefined>
  close(): void
}

/** A `text/event-stream` (WHATWG HTML 9.2) that is pulled by its reader: who reads slowly makes nobody remember more. */
export function sentStream(source: SentStream): Readable {
  const stop = new AbortController()
  async function* pieces(): AsyncGenerator<string> {
    try {
      yield ': here\n\n'
      for (;;) {
        const beat = AbortSignal.timeout(HEARTBEAT_MS)
        const sent = await source.next(AbortSignal.any([stop.signal, beat]))
        if (stop.signal.aborted || !sent) return
        yield sent.length === 0 ? ': still here\n\n' : sent.map(rendered).join('')
      }
    } finally {
      source.close()
    }
  }
  const stream = Readable.from(pieces(), { objectMode: false })
  stream.once('close', () => stop.abort())
  return stream
}

function rendered({ event, data }: ServerSent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
