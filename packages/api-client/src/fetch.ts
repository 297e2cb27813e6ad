/*
 * What the client needs of `fetch`. A browser's and Node's own both fit; a command that starts often brings something lighter.
 */

export interface FetchInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

export interface FetchAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  /** Null of an answer without a body. */
  readonly body: ByteStream | null
}

/** The part of a `ReadableStream` that every browser has: not all of them iterate it. */
export interface ByteStream {
  getReader(): ByteReader
}

interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(reason?: unknown): Promise<void>
}

export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>
