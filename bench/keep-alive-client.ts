import { Agent, request } from 'node:http'

export interface TimedAnswer {
  readonly status: number
  readonly ms: number
  /** Until its first bytes; of a list that is sent while it is read, far fewer. */
  readonly firstMs: number
  readonly bytes: number
  readonly body: string
  readonly nextCursor: string | undefined
}

/** One connection that is used again for every request, one after the other. */
export class KeepAliveClient {
  readonly #api: string
  readonly #token: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(api: string, token: string) {
    this.#api = api
    this.#token = token
  }

  ask(method: string, path: string, body?: unknown): Promise<TimedAnswer> {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const startMs = performance.now()
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${this.#token}`,
        ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      }
      const outgoing = request(`${this.#api}${path}`, { method, agent: this.#agent, headers }, (answer) => {
        const firstMs = performance.now() - startMs
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', reject)
        answer.on('end', () => {
          const text = Buffer.concat(parts)
          const cursor = answer.headers['x-next-cursor']
          resolve({
            status: answer.statusCode ?? 0,
            ms: performance.now() - startMs,
            firstMs,
            bytes: text.length,
            body: text.toString(),
            nextCursor: typeof cursor === 'string' ? cursor : undefined,
          })
        })
      })
      outgoing.on('error', reject)
      outgoing.end(payload)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
