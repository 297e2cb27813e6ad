import { OakError } from '@oakestra/base'
import { z } from 'zod'

/** Far beyond what a document can reach, and far enough below 2^53 that a parent can always go on from what a child says. */
const GENERATION_MAX = 2 ** 52
const generation = z.number().int().nonnegative().max(GENERATION_MAX)

/** One entry of a desired document. What the body must be follows from the kind. */
const item = z.object({ id: z.string().min(1).max(200), kind: z.string().min(1).max(50), body: z.unknown() })
export type DocumentItem = z.infer<typeof item>

/** Names a state of a document: who made it, which one it is, and what it adds up to. */
const head = z.object({ epoch: z.string(), generation, digest: z.string() })
export type DocumentHead = z.infer<typeof head>

const hello = z.object({
  type: z.literal('hello'),
  protocol: z.number().int(),
  /** The document the child holds; absent when it holds none. */
  holds: head.exactOptional(),
  /** The child was told, by joining anew, to take the document of a parent that it does not know. */
  newParent: z.literal(true).exactOptional(),
  facts: z.unknown(),
})

/**
 * The document itself (`all`), or what changed since `from`. Large ones come in parts: `more` says that another
 * follows, and nothing counts until the last part is there, for in a document absence is an order.
 */
const document = z.object({
  type: z.literal('document'),
  mode: z.enum(['all', 'change']),
  head,
  from: generation.exactOptional(),
  put: z.array(item),
  remove: z.array(z.string()),
  more: z.boolean(),
})
export type DocumentMessage = z.infer<typeof document>

const ack = z.object({ type: z.literal('ack'), generation })

/**
 * `stale`: older than what the child holds. `conflict`: the parts do not add up to the announced digest.
 * `foreign`: another parent's document. The parent answers the first two with the whole document under a new generation.
 */
const refuse = z.object({ type: z.literal('refuse'), reason: z.enum(['stale', 'conflict', 'foreign']), holds: head.exactOptional() })

/** What the child sees of the items it was given, as of a generation it has taken in. `all` replaces everything said before. */
const observed = z.object({
  type: z.literal('observed'),
  mode: z.enum(['all', 'change']),
  generation,
  put: z.array(z.unknown()),
  gone: z.array(z.string()),
  more: z.boolean(),
})
export type ObservedMessage = z.infer<typeof observed>

const facts = z.object({ type: z.literal('facts'), body: z.unknown() })
const samples = z.object({ type: z.literal('samples'), body: z.unknown() })

const request = z.object({
  type: z.literal('request'),
  id: z.number().int(),
  method: z.string().max(100),
  params: z.unknown(),
  timeoutMs: z.number().positive(),
})
const failure = z.object({ code: z.string(), message: z.string() })
const response = z.object({ type: z.literal('response'), id: z.number().int(), result: z.unknown(), error: failure.exactOptional() })

/** Says the number of the last message sent, so that its loss is noticed too. It has no number of its own. */
const mark = z.object({ type: z.literal('mark') })

const message = z.discriminatedUnion('type', [hello, document, ack, refuse, observed, facts, samples, request, response, mark])
export type SessionMessage = z.infer<typeof message>

/** A message as it travels: `n` counts what its sender said on this connection, from 1. */
export interface NumberedMessage {
  readonly n: number
  readonly message: SessionMessage
}

/** The version of these messages that this program speaks. 2: messages are numbered. */
export const SESSION_PROTOCOL = 2

/** The question with which a parent that does not know its child's document asks for it, page by page. */
export const HELD_ITEMS_METHOD = 'document.items'
export const heldItemsRequestSchema = z.object({ after: z.string().exactOptional() })
/** `next` is there when more follow: ask for what comes after it. */
export const heldItemsSchema = z.object({ items: z.array(item), next: z.string().exactOptional() })
export type HeldItems = z.infer<typeof heldItemsSchema>

const numbered = z.object({ n: z.number().int().nonnegative() })

/** @throws OakError `bad-request` with the path of what is wrong */
export function parseSessionMessage(text: string): NumberedMessage {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new OakError('bad-request', 'a session message is not JSON', { cause })
  }
  const { n } = parseWire(numbered, value, 'session message')
  return { n, message: parseWire(message, value, 'session message') }
}

export function renderSessionMessage(n: number, value: SessionMessage): string {
  return JSON.stringify({ n, ...value })
}

/** Checks a value from a peer. @throws OakError `bad-request` naming the first thing that is wrong */
export function parseWire<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new OakError('bad-request', `${what}: ${issue?.path.join('.') || 'value'}: ${issue?.message ?? 'invalid'}`)
}
