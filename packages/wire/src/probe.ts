import type { NetworkCoordinates } from '@oakestra/model'
import { z } from 'zod'

/** What a node says of one of its instances: it is about to end, or gets connections again; and the answer, that it is left out. */
export const NOTE_WORDS = ['leave', 'back', 'left'] as const
export type NoteWord = (typeof NOTE_WORDS)[number]

/** A question of one node to another, or its answer: who, to whom, which question, and where in the space of round trips. Or a note. */
export interface ProbeMessage {
  readonly type: 'ask' | 'answer' | NoteWord
  readonly from: string
  readonly to: string
  /** Chosen by whoever asks, and repeated by whoever answers: an old answer is none. */
  readonly nonce: string
  readonly coordinates?: NetworkCoordinates
  /** In a question: nodes that a way is sought to. */
  readonly seeks?: readonly string[]
  /** In an answer: those of them that whoever answers reaches without another. */
  readonly reaches?: readonly string[]
  /** In a note: the instance, by its IPv4 address. */
  readonly address?: string
}

// Digits that matter in a space whose unit is a millisecond.
const DECIMALS = 3

// Few, for a message is one small datagram.
const nodeIds = z.array(z.string().max(100)).max(4)

const message: z.ZodType<ProbeMessage> = z.object({
  type: z.enum(['ask', 'answer', ...NOTE_WORDS]),
  from: z.string(),
  to: z.string(),
  nonce: z.string().max(32),
  coordinates: z.object({ position: z.array(z.number()).max(8), heightMs: z.number(), error: z.number() }).exactOptional(),
  seeks: nodeIds.exactOptional(),
  reaches: nodeIds.exactOptional(),
  address: z.string().max(45).exactOptional(),
})

export function renderProbe({ coordinates, ...rest }: ProbeMessage): string {
  return JSON.stringify({ ...rest, ...(coordinates && { coordinates: rounded(coordinates) }) })
}

/** `undefined` for what is no such message. Never throws: anybody can send a datagram. */
export function parseProbe(text: string): ProbeMessage | undefined {
  try {
    const result = message.safeParse(JSON.parse(text))
    return result.success ? result.data : undefined
  } catch {
    return undefined
  }
}

function rounded({ position, heightMs, error }: NetworkCoordinates): NetworkCoordinates {
  const round = (value: number) => Number(value.toFixed(DECIMALS))
  return { position: position.map(round), heightMs: round(heightMs), error: round(error) }
}
