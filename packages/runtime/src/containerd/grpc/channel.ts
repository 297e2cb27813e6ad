import type { ClientHttp2Session } from 'node:http2'
import { createConnection } from 'node:net'
import { type Clock, OakError } from '@oakestra/base'
import type { CallOptions } from './call-options.ts'
import { GrpcStream } from './stream.ts'

export interface ChannelOptions {
  readonly socketPath: string
  readonly clock: Clock
}

// Blobs are read in chunks of 1 MiB; HTTP/2's default window of 64 KiB would make each wait sixteen times.
const WINDOW_BYTES = 1024 * 1024

/**
 * gRPC over HTTP/2 on a Unix socket, by Node's own HTTP/2: a client library costs 8 MB of memory more on every node.
 * Connects when first needed and again after the daemon was away; a call that fails is never repeated here.
 */
export class GrpcChannel implements AsyncDisposable {
  readonly #options: ChannelOptions
  #session: ClientHttp2Session | undefined
  #isClosed = false

  constructor(options: ChannelOptions) {
    this.#options = options
  }

  /** @throws OakError `unavailable` after the channel was closed */
  async open(path: string, call: CallOptions): Promise<GrpcStream> {
    if (this.#isClosed) throw new OakError('unavailable', 'the connection to containerd was closed')
    const session = await this.#connected()
    return new GrpcStream({ session, path, call, ...this.#options })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#session?.destroy()
    this.#session = undefined
  }

  async #connected(): Promise<ClientHttp2Session> {
    const { connect } = await import('node:http2')
    const current = this.#session
    if (current && !current.closed && !current.destroyed) return current
    const { socketPath } = this.#options
    const session = connect('http://containerd', {
      createConnection: () => createConnection(socketPath),
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    })
    const forget = () => {
      if (this.#session === session) this.#session = undefined
    }
    session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES))
    session.once('close', forget).once('goaway', forget)
    // The calls on it report the failure; without a listener it would end the process.
    session.on('error', forget)
    this.#session = session
    return session
  }
}
