import { X509Certificate } from 'node:crypto'
import { OakError, randomIds } from '@oakestra/base'
import { VirtualClock } from '@oakestra/base/testing'
import { type Collection, openSqliteStore, type Store } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AdmissionDeps, admitChild } from './admit-child.ts'
import type { Authority } from './authority.ts'
import { createJoinToken, joinTokens, parseJoinToken } from './join-token.ts'
import { generateKeyPem } from './key-pair.ts'
import { makeSigningRequest } from './signing-request.ts'
import { memoryAuthority } from './testing/memory-authority.ts'

interface Child {
  readonly id: string
  readonly name: string
}

const children: Collection<Child> = { name: 'children', key: (child) => child.id }
const clock = new VirtualClock()
let store: Store
let authority: Authority
let deps: AdmissionDeps

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: [joinTokens, children] })
  authority = await memoryAuthority({ clock })
  deps = {
    store,
    authority,
    clock,
    async enlist(writer, { name }) {
      const child = { id: randomIds.next(), name }
      await writer.put(children, child)
      return child.id
    },
  }
})

afterEach(() => store[Symbol.asyncDispose]())

async function invite(options: { name?: string; uses?: number } = {}) {
  const expiresAtMs = clock.wallMs() + 60_000
  const { token, record } = createJoinToken(
    { kind: 'node', caHash: authority.caHash, addresses: ['a:1'], expiresAtMs, ...options },
    randomIds,
  )
  await store.write((writer) => writer.put(joinTokens, record))
  const { id: tokenId, secret } = parseJoinToken(token, { kind: 'node', nowMs: clock.wallMs() })
  return async (keyPem?: string) => {
    const csrPem = makeSigningRequest(keyPem ?? (await generateKeyPem()), 'node')
    return { tokenId, secret, kind: 'node' as const, name: 'self-made', csrPem }
  }
}

const listed = () => store.read((reader) => reader.list(children))

describe('admitChild', () => {
  it('enlists the child, spends the token and issues a certificate for the id', async () => {
    const request = await invite()
    const admission = await admitChild(deps, await request(), '192.0.2.1')
    expect(await listed()).toEqual([{ id: admission.id, name: 'self-made' }])
    expect(new X509Certificate(admission.certificatePem).subject).toBe(`CN=node:${admission.id}`)
    expect(admission.caPem).toBe(authority.caPem)
    await expect(admitChild(deps, await request(), '192.0.2.1')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('used up'),
    })
  })

  it('gives the name that the token says', async () => {
    const request = await invite({ name: 'given' })
    await admitChild(deps, await request(), '192.0.2.1')
    expect(await listed()).toMatchObject([{ name: 'given' }])
  })

  it('takes the same key for the same child', async () => {
    const request = await invite()
    const keyPem = await generateKeyPem()
    const first = await admitChild(deps, await request(keyPem), '192.0.2.1')
    const second = await admitChild(deps, await request(keyPem), '192.0.2.1')
    expect(second.id).toBe(first.id)
    expect(await listed()).toHaveLength(1)
  })

  it('lets exactly as many in as the token has uses, however they hurry', async () => {
    const request = await invite({ uses: 3 })
    const results = await Promise.allSettled(Array.from({ length: 8 }, async () => admitChild(deps, await request(), '192.0.2.1')))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(await listed()).toHaveLength(3)
  })

  it('spends nothing when the child is refused, or proves no key', async () => {
    const request = await invite()
    const refusing = { ...deps, enlist: () => Promise.reject(new OakError('conflict', 'the cluster is full')) }
    await expect(admitChild(refusing, await request(), '192.0.2.1')).rejects.toMatchObject({ code: 'conflict' })
    await expect(admitChild(deps, { ...(await request()), csrPem: 'x' }, '192.0.2.1')).rejects.toMatchObject({ code: 'bad-request' })
    await expect(admitChild(deps, { ...(await request()), secret: 'x' }, '192.0.2.1')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(admitChild(deps, { ...(await request()), tokenId: 'x' }, '192.0.2.1')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await listed()).toEqual([])
    await admitChild(deps, await request(), '192.0.2.1')
  })
})
