import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededIds, VirtualClock } from '@oakestra/base/testing'
import { openSqliteStore, type Store } from '@oakestra/store'
import { decodeJwt, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { organizations, ROOT_COLLECTIONS, refreshGrants, users } from '../state/collections.ts'
import type { Accounts } from './accounts.ts'
import { fileKeyStore, type KeyStore } from './key-store.ts'
import { openAccounts } from './open-accounts.ts'
import { createPasswordHasher, randomPassword } from './passwords.ts'

const HASHING = { cost: 16 }
const PASSWORD = 'a good long password'

let kept: string | undefined
const keys: KeyStore = {
  load: async () => kept,
  save: async (text) => {
    kept = text
  },
}

let store: Store
let clock: VirtualClock
let accounts: Accounts
beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: ROOT_COLLECTIONS })
  clock = new VirtualClock()
  accounts = await open()
})
afterEach(() => store[Symbol.asyncDispose]())

async function open(from: KeyStore = keys): Promise<Accounts> {
  const opened = await openAccounts({ store, clock, ids: seededIds(3), keys: from, adminPassword: PASSWORD, hashing: HASHING })
  return opened.accounts
}

const login = (userName = 'Admin', password = PASSWORD, address = '192.0.2.1', organizationName = 'root') =>
  accounts.login({ userName, password, organizationName, address })

const adminOf = () => store.read(async (reader) => (await reader.list(users))[0])

describe('the first start', () => {
  test('makes the user Admin and the organization root, where the user has every role', async () => {
    const admin = await adminOf()
    expect(admin).toMatchObject({ name: 'Admin', mustChangePassword: true })
    const [root] = await store.read((reader) => reader.list(organizations))
    expect(root).toMatchObject({ name: 'root', members: [{ userId: admin?.id, roles: expect.arrayContaining(['Admin']) }] })
  })

  test('makes up a password, announces it before it is in force, and tells it once', async () => {
    await using fresh = await openSqliteStore({ file: ':memory:', collections: ROOT_COLLECTIONS })
    const announced: string[] = []
    const announce = async (password: string) => {
      announced.push(password)
      expect(await fresh.read((reader) => reader.count(users))).toBe(0)
    }
    const start = () => openAccounts({ store: fresh, clock, ids: seededIds(), keys, hashing: HASHING, announce })
    const first = await start()
    const second = await start()
    expect(announced).toEqual([first.initialAdminPassword])
    expect(second.initialAdminPassword).toBeUndefined()
    await second.accounts.login({ userName: 'Admin', password: announced[0] ?? '', organizationName: 'root', address: '' })
  })

  test('a later password in the configuration changes nothing', async () => {
    await openAccounts({ store, clock, ids: seededIds(4), keys, adminPassword: 'other', hashing: HASHING })
    await login()
    expect(await store.read((reader) => reader.count(users))).toBe(1)
  })
})

describe('a login', () => {
  test('gives tokens with the claims that clients read', async () => {
    const { accessToken, refreshToken } = await login()
    const now = Math.floor(clock.wallMs() / 1000)
    const common = {
      sub: 'Admin',
      user: 'Admin',
      fresh: false,
      iat: now,
      nbf: now,
      organization: expect.any(String),
      csrf: expect.any(String),
      jti: expect.any(String),
    }
    expect(decodeJwt(accessToken)).toMatchObject({
      ...common,
      type: 'access',
      exp: now + 600,
      roles: expect.arrayContaining(['Admin', 'Application_Provider']),
    })
    expect(decodeJwt(refreshToken)).toMatchObject({ ...common, type: 'refresh', exp: now + 604_800 })
  })

  test.each([
    ['Admin', 'wrong'],
    ['Nobody', PASSWORD],
    ['', ''],
  ])('of %j with a wrong name or password is refused in the same words', async (name, password) => {
    await expect(login(name, password)).rejects.toMatchObject({ code: 'unauthenticated', message: 'wrong user name or password' })
  })

  test('to an unknown organization is told so only with the right password', async () => {
    await expect(login('Admin', PASSWORD, 'a', 'elsewhere')).rejects.toMatchObject({ code: 'not-found' })
    await expect(login('Admin', 'wrong', 'a', 'elsewhere')).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('is slowed down after many wrong ones from one place, for a while', async () => {
    for (let count = 0; count < 20; count += 1)
      await expect(login('Admin', 'wrong', '192.0.2.9')).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(login('Admin', PASSWORD, '192.0.2.9')).rejects.toMatchObject({ code: 'resource-exhausted', details: { retryAfterS: 60 } })
    await login('Admin', PASSWORD, '192.0.2.10')
    await clock.advance(60_000)
    await login('Admin', PASSWORD, '192.0.2.9')
  })

  test('counts tries that are still being checked', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 30 }, () => login('Admin', 'wrong', '192.0.2.9')))
    const refusals = tries.filter((each) => each.status === 'rejected' && (each.reason as { code: string }).code === 'resource-exhausted')
    expect(refusals).toHaveLength(10)
  })

  test('takes a whole IPv6 network for one place', async () => {
    for (let count = 0; count < 20; count += 1)
      await expect(login('Admin', 'wrong', `2001:db8:1:2:${count}::1`)).rejects.toThrow('wrong user name')
    await expect(login('Admin', PASSWORD, '2001:db8:1:2:ffff::1')).rejects.toMatchObject({ code: 'resource-exhausted' })
  })

  test('that is right never slows its user down', async () => {
    for (let count = 0; count < 50; count += 1) await login()
  })
})

describe('an access token', () => {
  test('says who calls, with the roles of this moment', async () => {
    const { accessToken } = await login()
    expect(await accounts.authenticate(accessToken)).toMatchObject({ name: 'Admin', roles: expect.arrayContaining(['Admin']) })
    const [root] = await store.read((reader) => reader.list(organizations))
    if (!root) throw new Error('no organization')
    await store.write((writer) => writer.put(organizations, { ...root, members: [] }))
    expect(await accounts.authenticate(accessToken)).toMatchObject({ name: 'Admin', roles: [] })
  })

  test('ends after ten minutes', async () => {
    const { accessToken } = await login()
    await clock.advance(599_000)
    await accounts.authenticate(accessToken)
    await clock.advance(10_000)
    await expect(accounts.authenticate(accessToken)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('expired'),
    })
  })

  test('of a deleted user is worth nothing', async () => {
    const { accessToken, refreshToken } = await login()
    const admin = await adminOf()
    await store.write((writer) => writer.remove(users, admin?.id ?? ''))
    await expect(accounts.authenticate(accessToken)).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(accounts.refresh(refreshToken)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('survives a restart, and is refused by a root with other keys', async () => {
    const { accessToken } = await login()
    await (await open()).authenticate(accessToken)
    let other: string | undefined
    const elsewhere = await open({ load: async () => other, save: async (text) => void (other = text) })
    await expect(elsewhere.authenticate(accessToken)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('cannot be forged', async () => {
    const { accessToken, refreshToken } = await login()
    const [head = '', body = '', signature = ''] = accessToken.split('.')
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`
    const secret = await new SignJWT(decodeJwt(accessToken)).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from('x'.repeat(32)))
    const altered = `${head}.${Buffer.from(JSON.stringify({ ...decodeJwt(accessToken), sub: 'root' })).toString('base64url')}.${signature}`
    for (const forged of [unsigned, secret, altered, refreshToken, '', 'x', 'a.b.c']) {
      await expect(accounts.authenticate(forged)).rejects.toMatchObject({ code: 'unauthenticated' })
    }
  })
})

describe('a refresh token', () => {
  test('gives access for seven days, and is no access token itself', async () => {
    const { accessToken, refreshToken } = await login()
    await clock.advance(6 * 24 * 3_600_000)
    await accounts.authenticate(await accounts.refresh(refreshToken))
    await expect(accounts.refresh(accessToken)).rejects.toMatchObject({ code: 'unauthenticated' })
    await clock.advance(24 * 3_600_000 + 10_000)
    await expect(accounts.refresh(refreshToken)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('can be revoked', async () => {
    const { refreshToken } = await login()
    const [grant] = await store.read((reader) => reader.list(refreshGrants))
    await store.write((writer) => writer.remove(refreshGrants, grant?.id ?? ''))
    await expect(accounts.refresh(refreshToken)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('revoked'),
    })
  })

  test('that expired is cleared away by later logins', async () => {
    for (let count = 0; count < 5; count += 1) await login()
    await clock.advance(8 * 24 * 3_600_000)
    await login()
    expect(await store.read((reader) => reader.count(refreshGrants))).toBe(1)
  })
})

describe('passwords', () => {
  const hasher = createPasswordHasher(HASHING)

  test('are kept salted, and compared whatever way an accent was typed', async () => {
    const [one, two] = await Promise.all([hasher.hash('café'), hasher.hash('café')])
    expect(one).not.toBe(two)
    expect(one).not.toContain('caf')
    expect(await hasher.verify('cafe\u0301', one)).toBe(true)
    expect(await hasher.verify('cafe', one)).toBe(false)
  })

  test('hashed at another cost still count', async () => {
    expect(await createPasswordHasher({ cost: 32 }).verify('x', await hasher.hash('x'))).toBe(true)
  })

  test('without a hash are wrong, even the one nobody set', async () => {
    expect(await hasher.verify('', undefined)).toBe(false)
  })

  test('are hashed a few at a time, and a flood is refused', async () => {
    const busy = createPasswordHasher({ cost: 1024, parallel: 1, waiting: 2 })
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => busy.hash('x')))
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'])
    await busy.hash('again')
  })

  test('that are made up are long and never the same', () => {
    const made = new Set(Array.from({ length: 50 }, randomPassword))
    expect(made.size).toBe(50)
    for (const password of made) expect(password).toMatch(/^[a-zA-Z2-9]{21}$/)
  })
})

describe('the file of keys', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oak-keys-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('is for its owner only', async () => {
    const file = join(folder, 'root', 'keys', 'tokens.json')
    await open(fileKeyStore(file))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'root', 'keys'))).mode & 0o777).toBe(0o700)
    const before = await readFile(file, 'utf8')
    await open(fileKeyStore(file))
    expect(await readFile(file, 'utf8')).toBe(before)
  })

  test('when damaged says what to do', async () => {
    const file = join(folder, 'tokens.json')
    await writeFile(file, '{"keys":[]}')
    await expect(open(fileKeyStore(file))).rejects.toMatchObject({
      code: 'internal',
      retryable: false,
      message: expect.stringContaining('delete it'),
    })
  })
})
