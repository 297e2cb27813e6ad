import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Post {
  readonly path: string
  readonly atMs: number
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[]
}

/** A webhook for alerts, which remembers what it was told, when, and at which of its addresses. */
export class AlertPost implements AsyncDisposable {
  readonly #posts: Post[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request).finally(() => response.end()))
  }

  static async open(): Promise<AlertPost> {
    const post = new AlertPost()
    await new Promise<void>((resolve) => post.#server.listen(0, '127.0.0.1', resolve))
    return post
  }

  /** Its address for one of those who tell. */
  url(who: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${who}`
  }

  /** What somebody told of a rule, in order; times are those of the wall clock. */
  of(who: string, rule: string): readonly { readonly status: string; readonly atMs: number }[] {
    const posts = this.#posts.filter(({ path }) => path === `/${who}`)
    return posts.flatMap(({ alerts, atMs }) =>
      alerts.filter(({ labels }) => labels['alertname'] === rule).map(({ status }) => ({ status, atMs })),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #take(request: IncomingMessage): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { alerts } = JSON.parse(Buffer.concat(parts).toString()) as Pick<Post, 'alerts'>
    this.#posts.push({ path: request.url ?? '', atMs: Date.now(), alerts })
  }
}
