import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Blob, jsonBlob, type OciImage } from './oci-archive.ts'

export interface FakeRegistryOptions {
  /** Clients must fetch a token first; with credentials, those must be right. */
  readonly auth?: 'none' | 'bearer' | 'basic'
  readonly credentials?: { readonly username: string; readonly password: string }
  /** Blobs are found at another origin, as registries in clouds do it. */
  readonly redirectBlobsTo?: string
}

/** A registry that speaks as much of the distribution API as a pull needs, on loopback, with faults on demand. */
export class FakeRegistry implements AsyncDisposable {
  readonly requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = []
  /** Break off the next so many blobs after this many bytes. */
  breakAfterBytes: number | undefined
  /** Answer everything with this status. */
  failWith: number | undefined
  readonly #options: FakeRegistryOptions
  readonly #server: Server
  readonly #documents = new Map<string, Blob>()
  readonly #blobs = new Map<string, Buffer>()

  private constructor(options: FakeRegistryOptions) {
    this.#options = options
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  static async start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options)
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  /** As it stands in the name of an image. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Serves an image under a name; several of them as one index of platforms. */
  push(repository: string, tag: string, ...images: readonly (OciImage & { readonly architecture?: string })[]): Blob {
    for (const image of images) {
      for (const { digest, bytes } of image.blobs) this.#blobs.set(digest, bytes)
      this.#documents.set(`${repository}@${image.manifest.digest}`, image.manifest)
    }
    const [only] = images
    const top = images.length === 1 && only ? only.manifest : index(images)
    this.#documents.set(`${repository}@${top.digest}`, top)
    this.#documents.set(`${repository}:${tag}`, top)
    return top
  }

  /** Serves other content under a digest. */
  forge(digest: string, bytes: Buffer): void {
    this.#blobs.set(digest, bytes)
  }

  count(pattern: RegExp): number {
    return this.requests.filter(({ url }) => pattern.test(url)).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? ''
    this.requests.push({ url, headers: request.headers })
    if (this.failWith !== undefined) return void response.writeHead(this.failWith).end()
    if (url.startsWith('/token')) return this.#giveToken(request, response)
    if (!this.#isAllowed(request)) return this.#challenge(response)
    const [, repository = '', kind, version = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url) ?? []
    if (kind === 'manifests') return this.#giveManifest(response, repository, version)
    return this.#giveBlob(request, response, version)
  }

  #giveToken(request: IncomingMessage, response: ServerResponse): void {
    const { credentials } = this.#options
    if (credentials && request.headers.authorization !== basic(credentials)) return void response.writeHead(401).end()
    response.end(JSON.stringify({ token: 'the-token' }))
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    const { auth = 'none', credentials } = this.#options
    if (auth === 'none') return true
    return headers.authorization === (auth === 'bearer' ? 'Bearer the-token' : credentials && basic(credentials))
  }

  #challenge(response: ServerResponse): void {
    const bearer = `Bearer realm="http://${this.host}/token",service="fake",scope="repository:x:pull"`
    response.writeHead(401, { 'www-authenticate': this.#options.auth === 'basic' ? 'Basic realm="fake"' : bearer }).end()
  }

  #giveManifest(response: ServerResponse, repository: string, version: string): void {
    const found = this.#documents.get(`${repository}${version.startsWith('sha256:') ? '@' : ':'}${version}`)
    if (!found) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': found.mediaType }).end(found.bytes)
  }

  #giveBlob(request: IncomingMessage, response: ServerResponse, digest: string): void {
    if (this.#options.redirectBlobsTo) {
      return void response.writeHead(307, { location: `${this.#options.redirectBlobsTo}${request.url}` }).end()
    }
    const bytes = this.#blobs.get(digest)
    if (!bytes) return void response.writeHead(404).end()
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start })
    if (this.breakAfterBytes === undefined || bytes.length - start <= this.breakAfterBytes) return void response.end(bytes.subarray(start))
    response.write(bytes.subarray(start, start + this.breakAfterBytes), () => setImmediate(() => response.destroy()))
    this.breakAfterBytes = undefined
  }
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function index(images: readonly (OciImage & { readonly architecture?: string })[]): Blob {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const manifests = images.map(({ manifest: { mediaType: type, digest, size }, architecture }) => ({
    mediaType: type,
    digest,
    size,
    platform: { os: 'linux', architecture: architecture ?? 'amd64' },
  }))
  return jsonBlob(mediaType, { schemaVersion: 2, mediaType, manifests })
}
