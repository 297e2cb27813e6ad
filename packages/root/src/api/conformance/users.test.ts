import { realClock } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../state/collections.ts'
import { sla } from '../testing/documents.ts'
import { refusal, success } from './testing/expect-answer.ts'
import { PASSWORD, StartedRoot } from './testing/started-root.ts'

interface User {
  readonly _id: { readonly $oid: string }
  readonly name: string
  readonly email: string
  readonly roles: readonly Role[]
  readonly organization_id: string
}

let root: StartedRoot
let admin: string
let lab: string
let chief: string
beforeAll(async () => {
  root = await StartedRoot.start()
  lab = await root.found('lab', { chief: ['Organization_Admin'], dev: ['Application_Provider'], infra: ['Infrastructure_Provider'] })
  await root.found('other', { boss: ['Organization_Admin'] })
  admin = await root.login('Admin')
  chief = await root.login('chief', 'lab')
})
afterAll(() => root[Symbol.asyncDispose]())

const get = (path: string, token = admin) => root.call('GET', path, undefined, { token })
const put = (name: string, body: unknown, token = admin) => root.call('PUT', `/api/user/${name}`, body, { token })
const newUser = async (name: string, token = admin, roles: readonly Role[] = []) =>
  success<User>(await root.call('POST', '/api/auth/register', { name, password: PASSWORD, roles, email: `${name}@example.org` }, { token }))

describe('reading users', () => {
  test('oneself and one’s permission, without a hash', async () => {
    const token = await root.login('dev', 'lab')
    expect(success<User>(await get('/api/user/dev', token))).toMatchObject({
      name: 'dev',
      roles: ['Application_Provider'],
      organization_id: lab,
    })
    expect(success(await get('/api/permission/dev', token))).toEqual({ roles: ['Application_Provider'] })
    refusal(await get('/api/user/chief', token), 403, 'another user')
    refusal(await get('/api/permission/nobody', token), 403, 'another user')
  })

  test('of one who is in no organization gives no roles, not a failure', async () => {
    expect(success(await get('/api/permission/boss', admin))).toEqual({ roles: [] })
  })

  test('all for an Admin, the own organization for its Organization_Admin', async () => {
    const names = (users: readonly User[]) => users.map(({ name }) => name).toSorted()
    expect(names(success<User[]>(await get('/api/users/')))).toEqual(expect.arrayContaining(['Admin', 'boss', 'chief', 'dev', 'infra']))
    expect(names(success<User[]>(await get('/api/users', chief)))).toEqual(['chief', 'dev', 'infra'])
    refusal(await get('/api/users', await root.login('dev', 'lab')), 403, 'Organization_Admin')
  })

  test('members of an organization come with their roles in it; an unknown one has none', async () => {
    const members = success<User[]>(await get(`/api/users/${lab}`))
    expect(members.find(({ name }) => name === 'infra')).toMatchObject({ roles: ['Infrastructure_Provider'], organization_id: lab })
    expect(success(await get(`/api/users/${'f'.repeat(24)}`))).toEqual([])
    refusal(await get(`/api/users/${'f'.repeat(24)}`, chief), 403, 'organization')
  })
})

describe('PUT /api/user/<name>', () => {
  test('lets a user change its address by sending back the whole user, as the dashboard does', async () => {
    const token = await root.login('dev', 'lab')
    const self = success<User>(await get('/api/user/dev', token))
    expect(success<User>(await put('dev', { ...self, email: 'dev@lab.example.org' }, token)).email).toBe('dev@lab.example.org')
    refusal(await put('dev', { ...self, roles: ['Admin'] }, token), 403, 'changes roles')
    refusal(await put('dev', { ...self, name: 'other' }, token), 400, 'keeps its name')
    refusal(await put('dev', { password: PASSWORD }, token), 400, 'POST /api/user')
    expect(success<User>(await get('/api/user/dev', token)).roles).toEqual(['Application_Provider'])
  })

  test('lets an Organization_Admin change roles that end with the organization, and no address', async () => {
    expect(success<User>(await put('dev', { roles: ['Application_Provider', 'Organization_Admin'] }, chief)).roles).toHaveLength(2)
    success(await put('dev', { roles: ['Application_Provider'] }, chief))
    refusal(await put('dev', { roles: ['Admin'] }, chief), 403, 'Admin')
    refusal(await put('infra', { roles: [] }, chief), 403, 'Infrastructure_Provider')
    refusal(await put('dev', { email: 'mine@example.org' }, chief), 403, 'address')
    refusal(await put('boss', { roles: [] }, chief), 403, 'not in your organization')
    refusal(await put('dev', { password: 'another password' }, chief), 403, 'only an Admin')
  })

  test('lets an Admin set a password, which is stored as a hash and ends the sessions of the old one', async () => {
    await newUser('bob')
    const before = await root.login('bob')
    // A token tells the second it was made in, and no more.
    await until(
      'its second is over',
      () => Math.floor(realClock.wallMs() / 1000) > Number(JSON.parse(atob(before.split('.')[1] ?? '')).iat),
    )
    success(await put('bob', { password: 'another password' }))
    refusal(await get('/api/user/bob', before), 401, 'password was changed')
    await root.login('bob', 'root', 'another password')
    expect(success<{ must_change_password: boolean }>(await get('/api/user/bob')).must_change_password).toBe(true)
  })

  test('keeps an Admin in the organization root', async () => {
    refusal(await put('Admin', { roles: [] }), 409, 'without an Admin')
    refusal(await root.call('DELETE', '/api/user/Admin', undefined, { token: admin }), 409, 'without an Admin')
    refusal(await put('nobody', {}), 404, 'no user')
  })
})

describe('POST /api/user/<name>', () => {
  const change = (name: string, body: unknown, token: string) => root.call('POST', `/api/user/${name}`, body, { token })

  test('changes one’s own password and gives tokens that go on', async () => {
    await newUser('carl')
    const token = await root.login('carl')
    const body = { oldPassword: PASSWORD, newPassword: 'quite another one' }
    const tokens = success<{ token: string }>(await change('carl', body, token))
    success(await get('/api/user/carl', tokens.token))
    refusal(await root.call('POST', '/api/auth/login', { username: 'carl', password: PASSWORD }), 401, 'wrong')
    await root.login('carl', 'root', 'quite another one')
    expect(success<{ must_change_password: boolean }>(await get('/api/user/carl')).must_change_password).toBe(false)
  })

  test.each([
    [{ oldPassword: 'wrong one', newPassword: 'quite another one' }, 400, 'old password'],
    [{ oldPassword: PASSWORD, newPassword: PASSWORD }, 400, 'choose another'],
    [{ oldPassword: PASSWORD, newPassword: 'short' }, 400, 'newPassword'],
    [{}, 400, 'oldPassword'],
  ])('refuses %j with %i', async (body, status, message) => {
    refusal(await change('dev', body, await root.login('dev', 'lab')), status, message)
  })

  test('is for oneself, Admins too', async () => {
    const body = { oldPassword: PASSWORD, newPassword: 'quite another one' }
    refusal(await change('dev', body, chief), 403, 'another user')
    refusal(await change('dev', body, admin), 403, 'PUT /api/user')
  })
})

describe('DELETE /api/user/<name>', () => {
  const remove = (name: string, token = admin) => root.call('DELETE', `/api/user/${name}`, undefined, { token })

  test('ends every session and membership of the user', async () => {
    await newUser('dora', chief)
    const token = await root.login('dora', 'lab')
    success(await remove('dora'))
    refusal(await get('/api/user/dora', token), 401, 'no longer exists')
    expect(success<User[]>(await get(`/api/users/${lab}`)).map(({ name }) => name)).not.toContain('dora')
    refusal(await remove('dora'), 404, 'no user')
  })

  test('is refused while the user owns applications, which somebody else may be given', async () => {
    await newUser('emil', admin, ['Application_Provider'])
    const token = await root.login('emil')
    const [application] = success<{ applicationID: string }[]>(await root.call('POST', '/api/application', sla('shop', []), { token }))
    refusal(await remove('emil'), 409, 'owns applications')
    success(await root.call('PUT', `/api/application/${application?.applicationID}`, { userId: 'Admin' }, { token: admin }))
    success(await remove('emil'))
  })

  test('by an Organization_Admin takes somebody out of the organization, and deletes whoever is nowhere else', async () => {
    await newUser('fred', chief)
    success(await remove('fred', chief))
    refusal(await get('/api/user/fred'), 404, 'no user')
    const gina = await newUser('gina')
    const organization = success<{ name: string; member: object[] }>(await get(`/api/organization/${lab}`))
    const member = [...organization.member, { user_id: gina._id.$oid, roles: [] }]
    success(await root.call('PUT', `/api/organization/${lab}`, { member }, { token: admin }))
    expect(success<{ message: string }>(await remove('gina', chief)).message).toContain('no longer in your organization')
    success(await get('/api/user/gina'))
    refusal(await remove('infra', chief), 403, 'Infrastructure_Provider')
    refusal(await remove('dev', await root.login('dev', 'lab')), 403, 'Organization_Admin')
  })
})

describe('a forgotten password', () => {
  const ask = (username: string) => root.call('POST', '/api/user/', { username, domain: 'oak.test' })
  const reset = (token: string, password = 'remembered this time') => root.call('PUT', '/api/user/', { token, password })
  const configure = (body: object) => root.call('PUT', '/api/settings', body, { token: admin })

  test('cannot be mailed about by a root that sends no mail, which says so', async () => {
    refusal(await ask('dev'), 501, 'sends no mail')
  })

  test('is replaced by the token of a mail, once', async () => {
    success(await configure({ type: 'Custom', address: 'mail.test', port: '2525', username: 'oak', password: 'secret', ssl: false }))
    await newUser('hugo')
    const known = success(await ask('hugo'))
    expect(success(await ask('nobody'))).toEqual(known)
    await until('the mail is sent', () => root.mails.length > 0)
    expect(root.mails).toMatchObject([{ to: 'hugo@example.org', text: expect.stringContaining('oak.test') }])
    const token = /resetPassword\/([\w-]+)/.exec(root.mails[0]?.text ?? '')?.[1] ?? ''
    refusal(await reset(token, 'short'), 400, 'password')
    success(await reset(token))
    await root.login('hugo', 'root', 'remembered this time')
    refusal(await reset(token), 400, 'used or over')
    refusal(await reset('x'.repeat(43)), 400, 'used or over')
  })

  test('links to the dashboard only where its address was stated', async () => {
    success(await configure({ type: 'Custom', address: 'mail.test', dashboard: 'https://ui.test/' }))
    await newUser('ida')
    root.mails.length = 0
    success(await ask('ida'))
    await until('the mail is sent', () => root.mails.length > 0)
    expect(root.mails[0]?.text).toMatch(/https:\/\/ui\.test\/resetPassword\/[\w-]{43}\n/)
    expect(root.mails[0]?.text).not.toContain('oak.test')
  })

  test('does not flood a mailbox', async () => {
    await newUser('jens')
    root.mails.length = 0
    for (let count = 0; count < 6; count += 1) success(await ask('jens'))
    await until('the mails are sent', () => root.mails.length >= 3)
    expect(root.mails).toHaveLength(3)
  })
})

describe('the settings of mail', () => {
  const read = async () => success<Record<string, unknown>>(await get('/api/settings'))

  test('are read and written without ever telling the password, at the dashboard’s own address too', async () => {
    const body = { type: 'Custom', address: 'mail.test', port: '465', username: 'oak', password: 'secret', ssl: true }
    const sent = success(await root.call('PUT', '/apisettings', body, { token: admin }))
    expect(sent).toMatchObject({ type: 'Custom', address: 'mail.test', port: '465', username: 'oak', ssl: true, password_set: true })
    expect(await read()).toEqual(sent)
    expect(JSON.stringify(sent)).not.toContain('secret')
    success(await root.call('PUT', '/api/settings', { ...body, password: '' }, { token: admin }))
    expect(await read()).toMatchObject({ password_set: true })
    success(await root.call('PUT', '/api/settings', { ...body, address: 'evil.test', password: '' }, { token: admin }))
    expect(await read()).toMatchObject({ address: 'evil.test', password_set: false })
    success(await root.call('PUT', '/api/settings', { type: 'None' }, { token: admin }))
    expect(await read()).toMatchObject({ type: 'None', address: '' })
  })

  test.each([
    [{}, 'type'],
    [{ type: 'Custom' }, 'address'],
    [{ type: 'Custom', address: 'a b' }, 'address'],
    [{ type: 'Custom', address: 'a', from: 'a\r\nBcc: b' }, 'from'],
  ])('refuse %j', async (body, message) => {
    refusal(await root.call('PUT', '/api/settings', body, { token: admin }), 400, message)
  })
})
