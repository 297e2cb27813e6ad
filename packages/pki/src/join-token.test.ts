import { randomBytes } from 'node:crypto'
import { randomIds } from '@oakestra/base'
import { describe, expect, it } from 'vitest'
import {
  afterAdmission,
  checkRedemption,
  createJoinToken,
  isJoinSecret,
  type JoinToken,
  type NewJoinToken,
  parseJoinToken,
} from './join-token.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const CA_HASH = randomBytes(32).toString('base64url')

function make(changes: Partial<NewJoinToken> = {}) {
  const wish = {
    kind: 'node',
    caHash: CA_HASH,
    addresses: ['cluster.example:10101', '[2001:db8::1]:10101'],
    expiresAtMs: NOW_MS + 1000,
    ...changes,
  } as const
  return createJoinToken(wish, randomIds)
}

const parse = (text: string) => parseJoinToken(text, { kind: 'node', nowMs: NOW_MS })
const forge = (changes: Record<string, unknown>) =>
  `oak1.${Buffer.from(JSON.stringify({ ...parse(make().token), ...changes })).toString('base64url')}`

describe('a join token', () => {
  it('carries what a child needs, and its record knows the secret by its hash alone', () => {
    const { token, record } = make({ name: 'n1' })
    const parsed = parse(` ${token}\n`)
    expect(parsed).toMatchObject({
      kind: 'node',
      caHash: CA_HASH,
      addresses: ['cluster.example:10101', '[2001:db8::1]:10101'],
      expiresAtMs: NOW_MS + 1000,
    })
    expect(parsed.id).toBe(record.id)
    expect(JSON.stringify(record)).not.toContain(parsed.secret)
    expect(isJoinSecret(record, parsed.secret)).toBe(true)
    expect(isJoinSecret(record, '')).toBe(false)
    expect(record).toMatchObject({ usesLeft: 1, name: 'n1', admitted: [] })
  })

  it('says what is wrong with it', () => {
    const { token } = make()
    expect(() => parseJoinToken(token, { kind: 'cluster', nowMs: NOW_MS })).toThrow('this join token is for a node, not for a cluster')
    expect(() => parseJoinToken(token, { kind: 'node', nowMs: NOW_MS + 1000 })).toThrow('expired at 2026-01-01T00:00:01.000Z')
    expect(() => parse('eyJhbGciOi')).toThrow('starts with "oak1."')
    expect(() => parse(token.slice(0, -9))).toThrow('damaged')
    expect(() => parse(`oak1.${'A'.repeat(100_000)}`)).toThrow('damaged')
  })

  it.each([
    { kind: 'root' },
    { id: 'x' },
    { secret: '' },
    { secret: 7 },
    { caHash: CA_HASH.slice(1) },
    { addresses: [] },
    { addresses: 'a:1' },
    { addresses: ['no-port'] },
    { addresses: ['a/b:1'] },
    { expiresAtMs: '9' },
    { expiresAtMs: null },
  ])('is damaged with %j', (changes) => {
    expect(() => parse(forge(changes))).toThrow('damaged')
  })
})

describe('checkRedemption', () => {
  const { token, record } = make()
  const { secret }: JoinToken = parse(token)
  const use = { secret, kind: 'node', keyHash: 'key-1' } as const

  it('lets a child in', () => {
    expect(checkRedemption(record, use, NOW_MS)).toEqual({ record, knownChildId: undefined })
  })

  it('tells who does not know the secret nothing about the token', () => {
    const message = 'the parent does not know this join token'
    expect(() => checkRedemption(undefined, use, NOW_MS)).toThrow(message)
    expect(() => checkRedemption({ ...record, usesLeft: 0, kind: 'cluster' }, { ...use, secret: 'x' }, NOW_MS + 1e9)).toThrow(message)
  })

  it('refuses an expired token, a used one, and one of another kind', () => {
    expect(() => checkRedemption(record, use, NOW_MS + 1000)).toThrow('expired')
    expect(() => checkRedemption({ ...record, usesLeft: 0 }, use, NOW_MS)).toThrow('used up')
    expect(() => checkRedemption(record, { ...use, kind: 'cluster' }, NOW_MS)).toThrow('for a node')
  })

  it('knows a child again that lost the answer, until the token expires', () => {
    const used = afterAdmission(record, 'key-1', 'child-1')
    expect(used.usesLeft).toBe(0)
    expect(checkRedemption(used, use, NOW_MS).knownChildId).toBe('child-1')
    expect(() => checkRedemption(used, { ...use, keyHash: 'key-2' }, NOW_MS)).toThrow('used up')
    expect(() => checkRedemption(used, use, NOW_MS + 1000)).toThrow('expired')
  })
})
