import type { Duplex } from 'node:stream'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Logger, OakError, toOakError } from '@oakestra/base'
import type { LogEntry, LogKeeper } from '@oakestra/runtime'
import { type OpenLogs, openLogsSchema, parseWire } from '@oakestra/wire'

// People follow a handful of logs; a thousand open streams are a defect or an attack.
const STREAMS_MAX = 200

/** Sends logs of this node's instances over streams that the cluster asked for. */
export class LogStreamer {
  readonly #logs: LogKeeper
  readonly #openStream: (streamId: string, signal: AbortSignal) => Promise<Duplex>
  readonly #logger: Logger
  readonly #stop = new AbortController()
  #open = 0

  constructor(logs: LogKeeper, openStream: (streamId: string, signal: AbortSignal) => Promise<Duplex>, logger: Logger) {
    this.#logs = logs
    this.#openStream = openStream
    this.#logger = logger
  }

  /** Answers as soon as it is clear that there is such a log; the stream itself goes on by itself. */
  async start(params: unknown): Promise<void> {
    const request = parseWire(openLogsSchema, params, 'log request')
    if (this.#open >= STREAMS_MAX) throw new OakError('resource-exhausted', `this node already streams ${STREAMS_MAX} logs`)
    if (!(await this.#logs.list()).includes(request.instanceId))
      throw new OakError('not-found', 'this instance has not printed anything yet')
    const stream = await this.#openStream(request.streamId, this.#stop.signal)
    void this.#stream(request, stream)
  }

  close(): void {
    this.#stop.abort()
  }

  async #stream(request: OpenLogs, stream: Duplex): Promise<void> {
    this.#open += 1
    const ended = new AbortController()
    stream.once('close', () => ended.abort())
    stream.resume()
    const signal = AbortSignal.any([this.#stop.signal, ended.signal])
    const query = { follow: request.follow, ...pick(request, 'tail'), ...pick(request, 'sinceMs') }
    try {
      if (!request.follow) await this.#logs.flush(request.instanceId)
      await pipeline(Readable.from(renderLines(this.#logs.read(request.instanceId, query, signal))), stream)
    } catch (thrown) {
      if (!signal.aborted) this.#logger.warn('a log stream broke off', { instance: request.instanceId, err: toOakError(thrown).message })
      stream.destroy()
    } finally {
      this.#open -= 1
    }
  }
}

async function* renderLines(entries: AsyncIterable<LogEntry>): AsyncIterable<string> {
  for await (const { timeMs, stream, line, partial } of entries) {
    yield `${JSON.stringify({ time: new Date(timeMs).toISOString(), stream, line, ...(partial && { partial }) })}\n`
  }
}

function pick<K extends 'tail' | 'sinceMs'>(request: OpenLogs, key: K): Partial<Pick<OpenLogs, K>> {
  const value = request[key]
  return value === undefined ? {} : ({ [key]: value } as Partial<Pick<OpenLogs, K>>)
}
