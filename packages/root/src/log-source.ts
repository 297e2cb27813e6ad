import type { Readable } from 'node:stream'

export interface LogRequest {
  readonly instanceId: string
  readonly tail?: number
  readonly sinceMs?: number
  readonly follow: boolean
}

/** Reaches the logs of an instance wherever it runs. */
export interface LogSource {
  /**
   * A stream of NDJSON lines `{"time": RFC 3339, "stream": "stdout"|"stderr", "line": string, "partial"?: true}`,
   * with back-pressure to the node. Destroying it closes the stream everywhere.
   * @throws OakError `not-found`, `unavailable` (the cluster or node is not connected), `deadline-exceeded`
   */
  open(request: LogRequest, signal: AbortSignal): Promise<Readable>
}
