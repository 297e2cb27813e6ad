import type { Duplex } from 'node:stream'
import { type Logger, OakError, toOakError } from '@oakestra/base'
import { joinStreams, type ParentSessions } from '@oakestra/session'
import type { Store } from '@oakestra/store'
import { type OpenLogs, openLogsSchema, parseWire } from '@oakestra/wire'
import { placements } from '../state.ts'

// A node answers within a round trip; a slow link gets some of them.
const OPEN_TIMEOUT_MS = 10_000

export interface LogRelayDeps {
  readonly store: Store
  readonly sessions: () => ParentSessions
  readonly openStream: (streamId: string, signal: AbortSignal) => Promise<Duplex>
  readonly logger: Logger
}

/** Passes the log of an instance from its node on to root, as fast as root reads and no faster. */
export class LogRelay {
  readonly #deps: LogRelayDeps
  readonly #stop = new AbortController()

  constructor(deps: LogRelayDeps) {
    this.#deps = deps
  }

  /** Answers once both ends are joined. @throws OakError `not-found`, `unavailable`, `deadline-exceeded` */
  async start(params: unknown): Promise<void> {
    const request = parseWire(openLogsSchema, params, 'log request')
    await this.#pass(await this.open(request), request.streamId)
  }

  /** The log as its node sends it, NDJSON. @throws OakError `not-found`, `unavailable`, `deadline-exceeded` */
  async open(request: Omit<OpenLogs, 'streamId'>): Promise<Duplex> {
    const placement = await this.#deps.store.read((reader) => reader.get(placements, request.instanceId))
    if (!placement) throw new OakError('not-found', 'this instance has no node yet, so it has not printed anything')
    const sessions = this.#deps.sessions()
    const expected = sessions.expectStream(placement.nodeId, OPEN_TIMEOUT_MS, this.#stop.signal)
    // Whoever fails first is reported; the other's failure follows from it.
    expected.opened.catch(() => undefined)
    await sessions.request(placement.nodeId, 'logs.open', { ...request, streamId: expected.id }, OPEN_TIMEOUT_MS)
    return expected.opened
  }

  close(): void {
    this.#stop.abort()
  }

  async #pass(fromNode: Duplex, streamId: string): Promise<void> {
    try {
      const toRoot = await this.#deps.openStream(streamId, this.#stop.signal)
      joinStreams(fromNode, toRoot, (thrown) => {
        if (thrown) this.#deps.logger.debug('a log stream broke off', { err: toOakError(thrown).message })
      })
    } catch (thrown) {
      fromNode.destroy()
      throw thrown
    }
  }
}
