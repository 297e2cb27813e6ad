import type { Clock } from '@oakestra/base'
import { OakError } from '@oakestra/base'
import type { CallOptions } from './grpc/call-options.ts'
import { GrpcChannel } from './grpc/channel.ts'
import {
  decodeResponse,
  encodeRequest,
  type MethodDefinition,
  type RequestOf,
  type ResponseOf,
  type ServiceDefinition,
} from './grpc/service.ts'
import type { GrpcStream } from './grpc/stream.ts'

// Everything but waiting, reading and unpacking answers in milliseconds; a daemon that takes this long is stuck.
const CALL_TIMEOUT_MS = 30_000

export interface ClientCallOptions {
  readonly signal?: AbortSignal | undefined
  /** What is made under a lease is safe from the garbage collector until the lease ends. */
  readonly lease?: string | undefined
  /** `null` waits for ever. */
  readonly timeoutMs?: number | null
}

export interface ClientOptions {
  readonly socketPath: string
  readonly namespace: string
  readonly clock: Clock
}

type MethodsOf<Service extends ServiceDefinition> = Extract<keyof Service['methods'], string>

/** A stream of messages each way, for one method. */
export interface DuplexCall<Method extends MethodDefinition> {
  send(request: RequestOf<Method>): Promise<void>
  /** @throws OakError when the call failed or ended before another answer came */
  next(): Promise<ResponseOf<Method>>
  end(): void
  cancel(): void
}

/** containerd's API within one of its namespaces. Failures are `OakError`s with the code of their gRPC status. */
export class ContainerdClient implements AsyncDisposable {
  readonly namespace: string
  readonly #channel: GrpcChannel

  constructor(options: ClientOptions) {
    this.namespace = options.namespace
    this.#channel = new GrpcChannel(options)
  }

  /** One question, one answer. */
  async call<Service extends ServiceDefinition, Name extends MethodsOf<Service>>(
    service: Service,
    name: Name,
    request: RequestOf<Service['methods'][Name]>,
    options: ClientCallOptions = {},
  ): Promise<ResponseOf<Service['methods'][Name]>> {
    let answer: { readonly response: ResponseOf<Service['methods'][Name]> } | undefined
    const responses = this.stream(service, name, request, { timeoutMs: CALL_TIMEOUT_MS, ...options })
    for await (const response of responses) answer = { response }
    if (!answer) throw new OakError('internal', `containerd did not answer ${service.fullName}.${name}`, { retryable: true })
    return answer.response
  }

  /** One question, any number of answers. Waits for ever unless told otherwise. */
  async *stream<Service extends ServiceDefinition, Name extends MethodsOf<Service>>(
    service: Service,
    name: Name,
    request: RequestOf<Service['methods'][Name]>,
    options: ClientCallOptions = {},
  ): AsyncGenerator<ResponseOf<Service['methods'][Name]>, void> {
    const method = methodOf(service, name)
    const stream = await this.#open(service, method, options)
    await stream.send(encodeRequest(method, request))
    stream.end()
    for await (const message of stream.messages()) yield decodeResponse(method, message)
  }

  /** A conversation. */
  async duplex<Service extends ServiceDefinition, Name extends MethodsOf<Service>>(
    service: Service,
    name: Name,
    options: ClientCallOptions = {},
  ): Promise<DuplexCall<Service['methods'][Name]>> {
    const method = methodOf(service, name)
    const stream = await this.#open(service, method, options)
    const answers = stream.messages()
    return {
      send: (request) => stream.send(encodeRequest(method, request)),
      next: async () => {
        const answer = await answers.next()
        if (answer.done) throw new OakError('unavailable', `containerd ended ${service.fullName}.${name} early`)
        return decodeResponse(method, answer.value)
      },
      end: () => stream.end(),
      cancel: () => stream.cancel(),
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#channel[Symbol.asyncDispose]()
  }

  #open(service: ServiceDefinition, method: MethodDefinition, options: ClientCallOptions): Promise<GrpcStream> {
    const metadata: Record<string, string> = { 'containerd-namespace': this.namespace }
    if (options.lease) metadata['containerd-lease'] = options.lease
    const call: CallOptions = { metadata, signal: options.signal, timeoutMs: options.timeoutMs ?? undefined }
    return this.#channel.open(`/${service.fullName}/${method.name}`, call)
  }
}

function methodOf<Service extends ServiceDefinition, Name extends MethodsOf<Service>>(
  service: Service,
  name: Name,
): Service['methods'][Name] {
  return service.methods[name] as Service['methods'][Name]
}
