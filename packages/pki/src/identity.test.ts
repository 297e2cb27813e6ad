import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureIdentityKey, identityEndMs, loadIdentity, makeIdentity, saveIdentity } from './identity.ts'
import { parseChildSubject } from './peer-identity.ts'
import { makeSigningRequest } from './signing-request.ts'
import { memoryAuthority, memoryIdentity } from './testing/memory-authority.ts'

const ID = '0123456789abcdef01234567'
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oak-identity-'))
})

afterEach(() => rm(dir, { recursive: true, force: true }))

async function joined() {
  const authority = await memoryAuthority()
  const keyPem = await ensureIdentityKey(dir)
  const certificatePem = authority.issueClient({ kind: 'node', id: ID, csrPem: makeSigningRequest(keyPem, 'node') })
  const identity = makeIdentity({ keyPem, certificatePem, caPem: authority.caPem })
  await saveIdentity(dir, identity)
  return { authority, identity }
}

describe('an identity', () => {
  it('is what was saved', async () => {
    const { identity } = await joined()
    expect(await loadIdentity(dir)).toEqual(identity)
    expect(identity).toMatchObject({ kind: 'node', id: ID })
    expect((await stat(join(dir, 'identity.key'))).mode & 0o777).toBe(0o600)
  })

  it('is good until its own certificate ends, not that of who issued it', async () => {
    expect(await identityEndMs(dir)).toBeUndefined()
    const { identity } = await joined()
    expect(await identityEndMs(dir)).toBe(Date.parse(new X509Certificate(identity.certificatePem).validTo))
  })

  it('is missing before joining, while the key is kept from call to call', async () => {
    const keyPem = await ensureIdentityKey(dir)
    expect(await ensureIdentityKey(dir)).toBe(keyPem)
    expect(await loadIdentity(dir)).toBeUndefined()
  })

  it('changes its certificate and keeps its key when it is renewed', async () => {
    const { authority, identity } = await joined()
    const certificatePem = authority.issueClient({ kind: 'node', id: ID, csrPem: makeSigningRequest(identity.keyPem, 'node') })
    await saveIdentity(dir, { ...identity, certificatePem })
    expect(await loadIdentity(dir)).toEqual({ ...identity, certificatePem })
  })

  it('is refused when its files do not belong together', async () => {
    const { authority, identity } = await joined()
    const stranger = await memoryIdentity(authority, { kind: 'node', id: ID })
    await saveIdentity(dir, { ...identity, certificatePem: stranger.certificatePem })
    await expect(loadIdentity(dir)).rejects.toMatchObject({ code: 'conflict' })
    await saveIdentity(dir, { ...identity, caPem: (await memoryAuthority()).caPem })
    await expect(loadIdentity(dir)).rejects.toMatchObject({ code: 'conflict' })
    await saveIdentity(dir, identity)
    const chain = await readFile(join(dir, 'identity.crt'), 'utf8')
    for (const text of ['', chain.slice(0, 100), identity.certificatePem]) {
      await writeFile(join(dir, 'identity.crt'), text)
      await expect(loadIdentity(dir)).rejects.toMatchObject({ code: 'conflict' })
    }
  })
})

describe('parseChildSubject', () => {
  it('reads a kind and an id', () => {
    expect(parseChildSubject(`CN=cluster:${ID}`)).toEqual({ kind: 'cluster', id: ID })
  })

  it.each([
    '',
    'CN=',
    `CN=root:${ID}`,
    `CN=node:${ID}\nCN=cluster:${ID}`,
    `O=x\nCN=node:${ID}`,
    `CN=node:${ID}0`,
    `CN=node:${ID.toUpperCase()}`,
    `CN=node:${ID} `,
  ])('reads nothing from %j', (subject) => {
    expect(parseChildSubject(subject)).toBeUndefined()
  })
})
