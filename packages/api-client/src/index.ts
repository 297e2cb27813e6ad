export { ApiError, codeOfStatus, refusalOf, type Violation } from './api-error.ts'
export { type ApiClient, type ApiClientOptions, type ApiEvent, createApiClient, type FullAnswer } from './client.ts'
export type { ByteStream, Fetch, FetchAnswer, FetchInit } from './fetch.ts'
export { OPERATIONS } from './generated/operations.ts'
/** Everything that is sent and answered, by the names of the API's document: `Api.Service`, `Api.Node`. */
export type * as Api from './generated/types.ts'
export type {
  Answer,
  Body,
  CallOptions,
  DocumentOperation,
  EventOperation,
  Input,
  LineOperation,
  ListOperation,
  OperationKey,
} from './operation-types.ts'
export { type ServerEvent, serverSentEvents } from './streams/server-sent-events.ts'
