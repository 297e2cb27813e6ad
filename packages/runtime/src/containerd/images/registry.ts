import { OakError } from '@oakestra/base'
import type { RegistryOptions } from '../options.ts'
import { checkDigest, digestOf } from './digest.ts'
import { bodyOf, type HttpAnswer, httpGet, readBody } from './http.ts'
import { type Descriptor, MANIFEST_BYTES_MAX } from './manifest.ts'
import type { RegistryReference } from './reference.ts'
import { authorize, parseChallenge } from './registry-auth.ts'
import type { BlobSource } from './source.ts'

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/** One repository of one registry, or of a mirror of it. OCI distribution specification, "Pull". */
export class Registry implements BlobSource {
  readonly #base: URL
  readonly #reference: RegistryReference
  readonly #options: RegistryOptions
  #authorization: string | undefined

  constructor(base: URL, reference: RegistryReference, options: RegistryOptions) {
    this.#base = base
    this.#reference = reference
    this.#options = options
  }

  /**
   * The document behind the tag or digest.
   * @throws OakError `image-not-found`, `unavailable`, `unauthenticated`, `image-invalid`
   */
  async resolve(signal?: AbortSignal): Promise<{ readonly descriptor: Descriptor; readonly bytes: Buffer }> {
    const { version, digest } = this.#reference
    const answer = await this.#get(`manifests/${version}`, { accept: ACCEPT }, signal)
    const bytes = await readBody(answer, MANIFEST_BYTES_MAX)
    if (digest) checkDigest(bytes, digest)
    const mediaType = (answer.header('content-type') ?? '').split(';')[0]?.trim() ?? ''
    return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes }
  }

  async document(descriptor: Descriptor, signal?: AbortSignal): Promise<Buffer> {
    const kind = /manifest|index/.test(descriptor.mediaType) ? 'manifests' : 'blobs'
    const answer = await this.#get(`${kind}/${descriptor.digest}`, kind === 'manifests' ? { accept: ACCEPT } : {}, signal)
    const bytes = await readBody(answer, MANIFEST_BYTES_MAX)
    checkDigest(bytes, descriptor.digest)
    return bytes
  }

  async open(descriptor: Descriptor, offset: number, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {}
    const answer = await this.#get(`blobs/${descriptor.digest}`, headers, signal)
    return answer.status === 206 || offset === 0 ? bodyOf(answer) : skip(bodyOf(answer), offset)
  }

  async #get(path: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.#ask(path, headers, signal)
    if (answer.status !== 401) return this.#checked(answer)
    // Tokens end after minutes: a long pull asks for several.
    answer.body.destroy()
    this.#authorization = await this.#authorize(answer, signal)
    return this.#checked(await this.#ask(path, headers, signal))
  }

  #ask(path: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<HttpAnswer> {
    const url = new URL(`v2/${this.#reference.repository}/${path}`, this.#base)
    const authorization: Record<string, string> = this.#authorization ? { authorization: this.#authorization } : {}
    return httpGet(url, { headers: { ...headers, ...authorization }, signal })
  }

  #authorize(answer: HttpAnswer, signal?: AbortSignal): Promise<string> {
    return authorize({
      challenge: parseChallenge(answer.header('www-authenticate') ?? ''),
      scope: `repository:${this.#reference.repository}:pull`,
      credentials: this.#options.credentials?.[this.#credentialsHost()],
      allowPlainHttp: this.#base.protocol === 'http:',
      signal,
    })
  }

  /** A mirror is given its own credentials, never those of the registry it stands for. */
  #credentialsHost(): string {
    return this.#base.host === endpointHost(this.#reference.host) ? this.#reference.host : this.#base.host
  }

  #checked(answer: HttpAnswer): HttpAnswer {
    const { status } = answer
    if (status === 200 || status === 206) return answer
    answer.body.destroy()
    const { name } = this.#reference
    if (status === 404) throw new OakError('image-not-found', `the registry does not have ${name}`)
    // Docker Hub answers 401 for what does not exist, so that nobody learns what does.
    if (status === 401 || status === 403)
      throw new OakError('image-not-found', `the registry refuses ${name}: it does not exist or needs credentials`)
    throw new OakError('unavailable', `the registry answered ${status} for ${name}`, { details: { status } })
  }
}

/** Where to ask for an image: its mirrors in order, then its own registry. */
export function endpointsOf(reference: RegistryReference, options: RegistryOptions): readonly URL[] {
  const mirrors = (options.mirrors?.[reference.host] ?? []).map((base) => new URL(base.endsWith('/') ? base : `${base}/`))
  const host = endpointHost(reference.host)
  const isPlain = isLoopback(reference.host) || options.plainHttpHosts?.includes(reference.host)
  return [...mirrors, new URL(`${isPlain ? 'http' : 'https'}://${host}/`)]
}

function endpointHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host)
}

/** For servers that send everything although asked for the rest. */
async function* skip(source: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const piece of source) {
    const dropped = Math.min(left, piece.length)
    left -= dropped
    if (dropped < piece.length) yield piece.subarray(dropped)
  }
}
