import { wireAuditEntrySchema } from '@oakestra/wire'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { auditEntries } from '../../events/audit/audit.ts'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { expectError, sla } from '../testing/documents.ts'

let fixture: ApiFixture
beforeEach(async () => {
  fixture = await createApiFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

interface Entry {
  readonly action: string
  readonly outcome: string
  readonly userName?: string
  readonly reason?: string
}

async function audit(query = ''): Promise<Entry[]> {
  await fixture.clock.advance(300)
  const answer = await fixture.call('GET', `/api/audit${query}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

const logIn = (username: string, password: string) =>
  fixture.api.inject({ method: 'POST', url: '/api/auth/login', payload: { username, password } })

test('the audit log tells of logins, and of refused ones without their passwords', async () => {
  await logIn('Admin', 'correct horse battery staple')
  await logIn('Admin', 'guessed-password')
  await logIn('nobody', 'guessed-password')
  const entries = await audit('?action=login')
  expect(entries.map(({ outcome, userName }) => [outcome, userName])).toEqual([
    ['refused', 'nobody'],
    ['refused', 'Admin'],
    ['done', 'Admin'],
  ])
  expect(JSON.stringify(await fixture.store.read((reader) => reader.list(auditEntries)))).not.toMatch(/guessed|horse/)
  for (const entry of entries) expect(wireAuditEntrySchema.strict().parse(entry)).toEqual(entry)
})

test('it tells of what was refused, to whom and why', async () => {
  expectError(await fixture.call('POST', '/api/clusters/join-token', { cluster_name: 'a' }, { as: 'dev' }), 403, 'role')
  await fixture.api.inject({ method: 'GET', url: '/api/users?token=secret-in-the-query' })
  expect(await audit('?outcome=refused')).toMatchObject([
    { action: 'GET /api/users', status: 401, target: '/api/users', code: 'unauthenticated' },
    { action: 'POST /api/clusters/join-token', status: 403, userName: 'dev', code: 'forbidden', reason: expect.stringContaining('role') },
  ])
  expect(await audit('?user=dev')).toHaveLength(1)
})

test('it tells of changes of accounts, machines and settings, and leaves applications to the events', async () => {
  await fixture.call('POST', '/api/application', sla('shop'))
  const token = (await fixture.call('POST', '/api/clusters/join-token', { cluster_name: 'munich' })).json().token
  await fixture.call('GET', '/api/clusters')
  const entries = await audit()
  expect(entries).toMatchObject([{ action: 'POST /api/clusters/join-token', outcome: 'done', userName: 'Admin', status: 200 }])
  expect(JSON.stringify(entries)).not.toContain(token)
})

test('it is for Admins', async () => {
  expectError(await fixture.call('GET', '/api/audit', undefined, { as: 'dev', roles: ['Organization_Admin'] }), 403, 'Admin')
})

test('somebody who is refused all the time does not fill it', async () => {
  for (let count = 0; count < 100; count += 1) await fixture.api.inject('/api/users')
  const entries = await audit()
  expect(entries).toHaveLength(30)
  expect(entries[0]?.reason).toContain('more refusals of this minute are not listed')
  await fixture.clock.advance(60_000)
  await fixture.api.inject('/api/users')
  expect(await audit()).toHaveLength(31)
})

test('it comes in pages', async () => {
  for (let count = 0; count < 5; count += 1) await logIn(`user${count}`, 'x')
  await fixture.clock.advance(300)
  const names: string[] = []
  let cursor = ''
  do {
    const answer = await fixture.call('GET', `/api/audit?action=login&limit=2${cursor && `&cursor=${cursor}`}`)
    names.push(...answer.json().map((entry: Entry) => entry.userName))
    cursor = String(answer.headers['x-next-cursor'] ?? '')
  } while (cursor !== '')
  expect(names).toEqual(['user4', 'user3', 'user2', 'user1', 'user0'])
})

test('what waits is written when the server stops', async () => {
  await logIn('nobody', 'x')
  await fixture.api.close()
  expect(await fixture.store.read((reader) => reader.list(auditEntries))).toMatchObject([{ userName: 'nobody' }])
})
