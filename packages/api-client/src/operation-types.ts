import type { OPERATIONS, Operations } from './generated/operations.ts'

/** An operation by method and path, such as `GET /api/service/{serviceId}`. */
export type OperationKey = keyof Operations

type StreamsOf<Media extends string> = {
  [Key in OperationKey]: (typeof OPERATIONS)[Key] extends { readonly stream: Media } ? Key : never
}[OperationKey]

/** Operations that answer line by line (`application/x-ndjson`). */
export type LineOperation = StreamsOf<'application/x-ndjson'>
/** Operations that answer with events as they happen (`text/event-stream`). */
export type EventOperation = StreamsOf<'text/event-stream'>
/** Operations that answer with one document. */
export type DocumentOperation = Exclude<OperationKey, StreamsOf<string>>
/** Operations that answer with a list, a page at a time when `limit` is given. */
export type ListOperation = {
  [Key in DocumentOperation]: Operations[Key] extends { readonly query: { readonly cursor?: unknown }; readonly answer: readonly unknown[] }
    ? Key
    : never
}[DocumentOperation]

export type Answer<Key extends OperationKey> = Operations[Key]['answer']
export type Body<Key extends OperationKey> = Operations[Key]['body']

export interface CallOptions {
  /** Calls it off. */
  readonly signal?: AbortSignal
  /** Carries out the change only while the object has this version: refused with `conflict` and the present one otherwise. */
  readonly ifMatch?: string
  /** The last event that arrived, for a stream of events that goes on. */
  readonly lastEventId?: string
}

/** Asked for when something is in it, offered when all of it may be left out, absent when there is nothing. */
type Part<Name extends string, Type> = [keyof Type] extends [never]
  ? { readonly [Key in Name]?: never }
  : Partial<Type> extends Type
    ? { readonly [Key in Name]?: Type }
    : { readonly [Key in Name]: Type }

type BodyPart<Type> = [Type] extends [undefined]
  ? { readonly body?: never }
  : undefined extends Type
    ? { readonly body?: Type }
    : { readonly body: Type }

/** What a call of an operation takes. */
export type Input<Key extends OperationKey> = Part<'params', Operations[Key]['params']> &
  Part<'query', Operations[Key]['query']> &
  BodyPart<Operations[Key]['body']> &
  CallOptions

/** The input as an argument: it may be left out where nothing has to be said. */
export type InputArgument<Key extends OperationKey> = Partial<Input<Key>> extends Input<Key> ? [input?: Input<Key>] : [input: Input<Key>]
