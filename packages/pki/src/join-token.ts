import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type IdGenerator, isId, OakError } from '@oakestra/base'
import type { Collection } from '@oakestra/store'
import type { ChildKind } from './peer-identity.ts'

/** What a child needs in order to join: where its parent is, how to prove it, and why it may. */
export interface JoinToken {
  readonly kind: ChildKind
  readonly id: string
  readonly secret: string
  /** SHA-256 of the parent's authority key, base64url. */
  readonly caHash: string
  /** `host:port`, an IPv6 address in brackets; tried in this order. */
  readonly addresses: readonly string[]
  readonly expiresAtMs: number
}

/** What the parent keeps of a token: enough to check it, not enough to use it. */
export interface JoinTokenRecord {
  readonly id: string
  /** SHA-256 of the secret, base64url. The secret has 256 random bits, so a slow hash would add nothing. */
  readonly secretHash: string
  readonly kind: ChildKind
  /** The name that a child joining with it gets, whatever it calls itself. */
  readonly name?: string
  readonly expiresAtMs: number
  readonly usesLeft: number
  /** Who used it: a child that repeats its joining, because the answer got lost, is let in as the one it is. */
  readonly admitted: readonly { readonly keyHash: string; readonly childId: string }[]
}

export const joinTokens: Collection<JoinTokenRecord> = { name: 'join_tokens', key: (record) => record.id }

export interface NewJoinToken {
  readonly kind: ChildKind
  readonly caHash: string
  readonly addresses: readonly string[]
  readonly expiresAtMs: number
  readonly name?: string
  /** How many children may join with it; default 1. */
  readonly uses?: number
}

/** A token to hand over (`token`, the only copy of its secret) and the record to store before doing so. */
export function createJoinToken(wish: NewJoinToken, ids: IdGenerator): { token: string; record: JoinTokenRecord } {
  const { kind, caHash, addresses, expiresAtMs, name, uses = 1 } = wish
  const id = ids.next()
  const secret = randomBytes(32).toString('base64url')
  const record = { id, secretHash: hashOf(secret), kind, ...(name !== undefined && { name }), expiresAtMs, usesLeft: uses, admitted: [] }
  return { token: renderJoinToken({ kind, id, secret, caHash, addresses, expiresAtMs }), record }
}

const PREFIX = 'oak1.'
// Far above any real token; refuses a file pasted by mistake before it is decoded.
const TOKEN_LENGTH_MAX = 4096

function renderJoinToken(token: JoinToken): string {
  return PREFIX + Buffer.from(JSON.stringify(token)).toString('base64url')
}

/**
 * Reads a token's text form, `oak1.` and base64url of JSON.
 * @throws OakError `bad-request` when it is damaged, for another kind of child, or expired
 */
export function parseJoinToken(text: string, expected: { kind: ChildKind; nowMs: number }): JoinToken {
  const token = decode(text.trim())
  if (token.kind !== expected.kind) {
    throw new OakError('bad-request', `this join token is for a ${token.kind}, not for a ${expected.kind}`)
  }
  if (expected.nowMs >= token.expiresAtMs) {
    throw new OakError('bad-request', `this join token expired at ${new Date(token.expiresAtMs).toISOString()}; ask for a new one`)
  }
  return token
}

function decode(text: string): JoinToken {
  if (!text.startsWith(PREFIX)) throw new OakError('bad-request', `a join token starts with "${PREFIX}"`)
  if (text.length <= TOKEN_LENGTH_MAX) {
    const value = parseJson(Buffer.from(text.slice(PREFIX.length), 'base64url').toString('utf8'))
    if (isJoinToken(value)) return value
  }
  throw new OakError('bad-request', 'the join token is damaged; copy it again, in full')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isJoinToken(value: unknown): value is JoinToken {
  if (typeof value !== 'object' || value === null) return false
  const { kind, id, secret, caHash, addresses, expiresAtMs } = value as Partial<Record<keyof JoinToken, unknown>>
  return (
    (kind === 'cluster' || kind === 'node') &&
    typeof id === 'string' &&
    isId(id) &&
    typeof secret === 'string' &&
    isBase64Of32Bytes(secret) &&
    typeof caHash === 'string' &&
    isBase64Of32Bytes(caHash) &&
    Array.isArray(addresses) &&
    addresses.length > 0 &&
    addresses.every((address) => typeof address === 'string' && ADDRESS_PATTERN.test(address)) &&
    typeof expiresAtMs === 'number' &&
    Number.isSafeInteger(expiresAtMs)
  )
}

const ADDRESS_PATTERN = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):[0-9]{1,5}$/

const isBase64Of32Bytes = (text: string) => /^[A-Za-z0-9_-]{43}$/.test(text)

/** True when the secret is the token's. Takes as long for a wrong one. Says nothing about expiry or uses. */
export function isJoinSecret(record: JoinTokenRecord, secret: string): boolean {
  return timingSafeEqual(Buffer.from(record.secretHash), Buffer.from(hashOf(secret)))
}

/** What a child shows to be let in. */
export interface Redemption {
  readonly secret: string
  readonly kind: ChildKind
  /** Of the key that its signing request proves. */
  readonly keyHash: string
}

/**
 * Decides on a use of a token. Gives the child's id when this key was let in with it before.
 * Only who knows the secret is told more than that the token is no good.
 * @throws OakError `forbidden`
 */
export function checkRedemption(
  record: JoinTokenRecord | undefined,
  redemption: Redemption,
  nowMs: number,
): { record: JoinTokenRecord; knownChildId: string | undefined } {
  if (!record || !isJoinSecret(record, redemption.secret)) throw new OakError('forbidden', 'the parent does not know this join token')
  if (record.kind !== redemption.kind) throw new OakError('forbidden', `the join token is for a ${record.kind}`)
  if (nowMs >= record.expiresAtMs) throw new OakError('forbidden', 'the join token has expired')
  const knownChildId = record.admitted.find((entry) => entry.keyHash === redemption.keyHash)?.childId
  if (knownChildId === undefined && record.usesLeft <= 0) throw new OakError('forbidden', 'the join token has been used up')
  return { record, knownChildId }
}

/** The record after a child was let in. */
export function afterAdmission(record: JoinTokenRecord, keyHash: string, childId: string): JoinTokenRecord {
  return { ...record, usesLeft: record.usesLeft - 1, admitted: [...record.admitted, { keyHash, childId }] }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
