/** The parts of the generated code that calls need; see `scripts/generate.ts`. `never` accepts every generated message type. */
export interface MethodDefinition {
  readonly name: string
  readonly requestType: { encode(message: never): { finish(): Uint8Array }; fromPartial(partial: never): unknown }
  readonly responseType: { decode(bytes: Uint8Array): unknown }
}

export interface ServiceDefinition {
  readonly fullName: string
  readonly methods: Readonly<Record<string, MethodDefinition>>
}

/** What a method is asked with: any subset of the message's fields, the rest being protobuf's defaults. */
export type RequestOf<Method extends MethodDefinition> = Parameters<Method['requestType']['fromPartial']>[0]

export type ResponseOf<Method extends MethodDefinition> = ReturnType<Method['responseType']['decode']>

/** @returns the encoded request. */
export function encodeRequest<Method extends MethodDefinition>(method: Method, request: RequestOf<Method>): Uint8Array {
  const message = method.requestType.fromPartial(request)
  return method.requestType.encode(message as never).finish()
}

/** @throws Error when the bytes are not such a message */
export function decodeResponse<Method extends MethodDefinition>(method: Method, bytes: Uint8Array): ResponseOf<Method> {
  return method.responseType.decode(bytes) as ResponseOf<Method>
}
