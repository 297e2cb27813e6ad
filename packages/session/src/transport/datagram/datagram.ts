import { createHmac, timingSafeEqual } from 'node:crypto'

/** Which end of a link sent a datagram. It goes into the proof, so that nobody can send one back to its sender. */
export type LinkEnd = 'parent' | 'child'

/** `ask` wants an answer, `answer` is one. Both prove that their sender lives. */
export type DatagramKind = 'ask' | 'answer'

export interface Datagram {
  readonly kind: DatagramKind
  /** Grows with every datagram of one end of one link, so that an old one cannot be played again. */
  readonly counter: number
}

/** What both ends of a connection agree on inside it. */
export interface LinkSecret {
  /** Names the link on every datagram; 8 bytes in hex, known to whoever listens in. */
  readonly linkId: string
  /** 32 bytes that only the two ends know. */
  readonly key: Buffer
}

/**
 * The layout: version, kind, link id (8), counter (6), proof (16): 32 bytes. The proof is an HMAC-SHA256 (RFC 2104, truncated as its
 * section 5 allows) over who sends and all before it.
 */
export const DATAGRAM_BYTES = 32
export const LINK_ID_BYTES = 8
export const KEY_BYTES = 32
const VERSION = 1
const COUNTER_AT = 2 + LINK_ID_BYTES
const COUNTER_BYTES = 6
const PROOF_AT = COUNTER_AT + COUNTER_BYTES
const KINDS: readonly DatagramKind[] = ['ask', 'answer']

/** Which link a datagram names, before anything of it is believed; undefined when it is none. Costs next to nothing. */
export function linkIdOf(bytes: Buffer): string | undefined {
  if (bytes.length !== DATAGRAM_BYTES || bytes[0] !== VERSION) return undefined
  return bytes.toString('hex', 2, COUNTER_AT)
}

export function sealDatagram({ linkId, key }: LinkSecret, from: LinkEnd, { kind, counter }: Datagram): Buffer {
  const bytes = Buffer.alloc(DATAGRAM_BYTES)
  bytes[0] = VERSION
  bytes[1] = KINDS.indexOf(kind)
  bytes.write(linkId, 2, LINK_ID_BYTES, 'hex')
  bytes.writeUIntBE(counter, COUNTER_AT, COUNTER_BYTES)
  proofOf(key, from, bytes).copy(bytes, PROOF_AT)
  return bytes
}

/** The datagram, or undefined when it was not made by that end of that link. */
export function openDatagram({ linkId, key }: LinkSecret, from: LinkEnd, bytes: Buffer): Datagram | undefined {
  const kind = KINDS[bytes[1] ?? KINDS.length]
  if (!kind || linkIdOf(bytes) !== linkId) return undefined
  if (!timingSafeEqual(proofOf(key, from, bytes), bytes.subarray(PROOF_AT))) return undefined
  return { kind, counter: bytes.readUIntBE(COUNTER_AT, COUNTER_BYTES) }
}

function proofOf(key: Buffer, from: LinkEnd, bytes: Buffer): Buffer {
  const proof = createHmac('sha256', key).update(from).update(bytes.subarray(0, PROOF_AT)).digest()
  return proof.subarray(0, DATAGRAM_BYTES - PROOF_AT)
}
