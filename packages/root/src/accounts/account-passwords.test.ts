import { OakError } from '@oakestra/base'
import { recordingLogger, seededIds, until, VirtualClock } from '@oakestra/base/testing'
import { openSqliteStore, type Store } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryKeyStore } from '../api/testing/api-fixture.ts'
import type { Mail } from '../mail/mailer.ts'
import { passwordResets, ROOT_COLLECTIONS, refreshGrants, users } from '../state/collections.ts'
import type { Accounts } from './accounts.ts'
import { openAccounts } from './open-accounts.ts'

const PASSWORD = 'a good long password'
const keys = memoryKeyStore()

let store: Store
let clock: VirtualClock
let accounts: Accounts
let logger: ReturnType<typeof recordingLogger>
const mails: Mail[] = []
let isMailBroken = false

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: ROOT_COLLECTIONS })
  clock = new VirtualClock()
  logger = recordingLogger()
  mails.length = 0
  isMailBroken = false
  const mail = { host: 'mail.test', port: 25, tls: false }
  const sendMail = async (_settings: object, sent: Mail) => {
    if (isMailBroken) throw new OakError('unavailable', 'the mail server is away')
    mails.push(sent)
  }
  const options = { store, clock, ids: seededIds(3), keys, adminPassword: PASSWORD, hashing: { cost: 16 }, mail, sendMail, logger }
  accounts = (await openAccounts(options)).accounts
  await store.write(async (writer) => {
    for (const user of await writer.list(users)) await writer.put(users, { ...user, email: 'admin@example.org' })
  })
})
afterEach(() => store[Symbol.asyncDispose]())

const login = (password = PASSWORD) => accounts.login({ userName: 'Admin', password, organizationName: 'root', address: '192.0.2.1' })
const ask = (address = '192.0.2.1') => accounts.passwords.requestReset({ userName: 'Admin', domain: 'ui.test', address })
const reset = (token: string, password = 'something else') => accounts.passwords.reset({ token, password, address: '192.0.2.1' })

async function mailedToken(): Promise<string> {
  await ask()
  await until('the mail is sent', () => mails.length > 0)
  return /resetPassword\/([\w-]{43})/.exec(mails.at(-1)?.text ?? '')?.[1] ?? ''
}

describe('a mailed token', () => {
  test('is kept as a hash, works once, and ends what the old password opened', async () => {
    const { accessToken, refreshToken } = await login()
    const token = await mailedToken()
    expect(JSON.stringify(await store.read((reader) => reader.list(passwordResets)))).not.toContain(token)
    await clock.advance(2_000)
    await reset(token)
    await login('something else')
    await expect(accounts.authenticate(accessToken)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('changed'),
    })
    await expect(login()).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(accounts.refresh(refreshToken)).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(reset(token, 'once again then')).rejects.toMatchObject({ code: 'bad-request' })
  })

  test('is over after an hour, and cleared away by the next', async () => {
    const token = await mailedToken()
    await clock.advance(3_600_000)
    await expect(reset(token)).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('used or over') })
    await ask()
    expect(await store.read((reader) => reader.count(passwordResets))).toBe(1)
  })

  test('counts no more once the password was changed in another way', async () => {
    const token = await mailedToken()
    const { accessToken } = await login()
    const actor = await accounts.authenticate(accessToken)
    await accounts.passwords.change(actor, { oldPassword: PASSWORD, newPassword: 'yet another one', address: '' })
    await expect(reset(token)).rejects.toMatchObject({ code: 'bad-request' })
  })

  test('cannot be guessed at length, nor be asked for by the hundred', async () => {
    for (let count = 0; count < 20; count += 1) await ask('192.0.2.9')
    await expect(ask('192.0.2.9')).rejects.toMatchObject({ code: 'resource-exhausted' })
    for (let count = 0; count < 80; count += 1)
      await expect(accounts.passwords.reset({ token: `x${count}`, password: 'something else', address: '192.0.2.9' })).rejects.toThrow(
        'used or over',
      )
    await expect(accounts.passwords.reset({ token: 'x', password: 'something else', address: '192.0.2.9' })).rejects.toMatchObject({
      code: 'resource-exhausted',
    })
  })
})

test('a changed password ends every session but the one it gives, once its access token is over', async () => {
  const old = await login()
  const actor = await accounts.authenticate(old.accessToken)
  await clock.advance(2_000)
  const fresh = await accounts.passwords.change(actor, { oldPassword: PASSWORD, newPassword: 'yet another one', address: '' })
  await accounts.authenticate(old.accessToken)
  await expect(accounts.refresh(old.refreshToken)).rejects.toMatchObject({ code: 'unauthenticated' })
  await accounts.authenticate(fresh.accessToken)
  await accounts.authenticate(await accounts.refresh(fresh.refreshToken))
  expect(await store.read((reader) => reader.count(refreshGrants))).toBe(1)
})

test('guessing the old password is slowed down like guessing at the login', async () => {
  const { accessToken } = await login()
  const actor = await accounts.authenticate(accessToken)
  const guess = () => accounts.passwords.change(actor, { oldPassword: 'wrong', newPassword: 'yet another one', address: '192.0.2.1' })
  for (let count = 0; count < 20; count += 1) await expect(guess()).rejects.toMatchObject({ code: 'bad-request' })
  await expect(guess()).rejects.toMatchObject({ code: 'resource-exhausted' })
})

test('a mail that cannot be sent is told in the log, not to whoever asked, and says no token there', async () => {
  isMailBroken = true
  await ask()
  await until('it is logged', () => logger.lines.length > 0)
  expect(logger.lines).toMatchObject([{ level: 'warn', message: 'a mail could not be sent' }])
  expect(JSON.stringify(logger.lines)).not.toContain('resetPassword')
})
