import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusal, success } from './testing/expect-answer.ts'
import { PASSWORD, StartedRoot } from './testing/started-root.ts'

let root: StartedRoot
let admin: string
let lab: string
beforeAll(async () => {
  root = await StartedRoot.start()
  lab = await root.found('lab', { dev: ['Application_Provider'], chief: ['Organization_Admin'] })
  admin = await root.login('Admin')
})
afterAll(() => root[Symbol.asyncDispose]())

const login = (body: unknown) => root.call('POST', '/api/auth/login', body)
const rolesIn = (token: string) => decodeJwt(token)['roles']

describe('POST /api/auth/login', () => {
  test('gives both tokens, with the claims that the dashboard decodes', async () => {
    const { token, refresh_token } = success<{ token: string; refresh_token: string }>(
      await login({ username: 'Admin', password: PASSWORD }),
    )
    for (const each of [token, refresh_token]) {
      expect(decodeJwt(each)).toMatchObject({
        sub: 'Admin',
        user: 'Admin',
        roles: expect.arrayContaining(['Admin']),
        organization: expect.stringMatching(/^[0-9a-f]{24}$/),
        exp: expect.any(Number),
      })
    }
    expect([decodeJwt(token)['type'], decodeJwt(refresh_token)['type']]).toEqual(['access', 'refresh'])
  })

  test.each(['organization_name', 'organization'])('enters the organization that %s names', async (field) => {
    const { token } = success<{ token: string }>(await login({ username: 'dev', password: PASSWORD, [field]: 'lab' }))
    expect(decodeJwt(token)).toMatchObject({ organization: lab, roles: ['Application_Provider'] })
  })

  test('lets somebody who is no member in, without roles', async () => {
    expect(rolesIn(await root.login('Admin', 'lab'))).toEqual([])
  })

  test.each([
    [{ username: 'Admin', password: 'wrong' }, 401, 'wrong user name or password'],
    [{ username: 'nobody', password: PASSWORD }, 401, 'wrong user name or password'],
    [{ username: '', password: '' }, 401, 'wrong user name or password'],
    [{ username: 'Admin', password: PASSWORD, organization_name: 'nowhere' }, 404, 'no organization'],
    [{ password: PASSWORD }, 400, 'username'],
    [{ username: 'Admin' }, 400, 'password'],
    [undefined, 400, 'JSON body'],
    [[], 400, 'object'],
    ['text', 400, 'object'],
  ])('refuses %j with %i and a sentence', async (body, status, message) => {
    refusal(await login(body), status, message)
  })

  test('reads JSON whatever its label says, and says where it is broken', async () => {
    const body = JSON.stringify({ username: 'Admin', password: PASSWORD })
    const headers = { 'content-type': 'text/plain' }
    success(await root.call('POST', '/api/auth/login', undefined, { raw: body, headers }))
    refusal(await root.call('POST', '/api/auth/login', undefined, { raw: '{"username":', headers }), 400, 'not valid JSON')
  })
})

describe('POST /api/auth/refresh', () => {
  const tokens = async (username: string) =>
    (await login({ username, password: PASSWORD, organization_name: 'lab' })).json<{ token: string; refresh_token: string }>()

  test('gives an access token for a refresh token in the header, with an empty object or nothing as body', async () => {
    const { refresh_token: token } = await tokens('dev')
    for (const body of [{}, undefined]) {
      const answer = success<{ token: string }>(await root.call('POST', '/api/auth/refresh', body, { token }))
      expect(Object.keys(answer)).toEqual(['token'])
      success(await root.call('GET', '/api/user/dev', undefined, { token: answer.token }))
    }
  })

  test('reads roles anew, and so does every call with a token from before', async () => {
    const { token, refresh_token } = await tokens('chief')
    success(await root.call('GET', '/api/users', undefined, { token }))
    const setRoles = (roles: readonly string[]) => setRolesInLab('chief', roles)
    await setRoles([])
    refusal(await root.call('GET', '/api/users', undefined, { token }), 403, 'role')
    const fresh = (await root.call('POST', '/api/auth/refresh', {}, { token: refresh_token })).json<{ token: string }>()
    expect(rolesIn(fresh.token)).toEqual([])
    await setRoles(['Organization_Admin'])
    success(await root.call('GET', '/api/users', undefined, { token }))
  })

  test('refuses other tokens', async () => {
    for (const token of [admin, 'x.y.z', '']) refusal(await root.call('POST', '/api/auth/refresh', {}, { token }), 401, '')
  })

  async function setRolesInLab(name: string, roles: readonly string[]): Promise<void> {
    type Organization = { name: string; member: { user_id: string; roles: readonly string[] }[] }
    const organization = (await root.call('GET', `/api/organization/${lab}`, undefined, { token: admin })).json<Organization>()
    const user = (await root.call('GET', `/api/user/${name}`, undefined, { token: admin })).json<{ _id: { $oid: string } }>()
    const member = organization.member.map((entry) => (entry.user_id === user._id.$oid ? { ...entry, roles } : entry))
    success(await root.call('PUT', `/api/organization/${lab}`, { ...organization, member }, { token: admin }))
  }
})

describe('POST /api/auth/register', () => {
  /** As the dashboard sends it. */
  const form = (name: string, extra: object = {}) => ({
    _id: { $oid: '' },
    created_at: '01/02/2026 10:00',
    name,
    email: `${name}@example.org`,
    password: PASSWORD,
    roles: ['Application_Provider'],
    ...extra,
  })
  const register = (body: unknown, token = admin) => root.call('POST', '/api/auth/register', body, { token })

  test('makes a user who can log in, and answers without a password', async () => {
    const made = success<Record<string, unknown>>(await register(form('ann')))
    expect(made).toMatchObject({ name: 'ann', email: 'ann@example.org', roles: ['Application_Provider'], must_change_password: true })
    expect(made['created_at']).not.toBe('01/02/2026 10:00')
    expect(rolesIn(await root.login('ann'))).toEqual(['Application_Provider'])
  })

  test('makes members of the organization of the caller', async () => {
    const chief = await root.login('chief', 'lab')
    success(await register(form('lisa'), chief))
    expect(rolesIn(await root.login('lisa', 'lab'))).toEqual(['Application_Provider'])
    expect(rolesIn(await root.login('lisa'))).toEqual([])
    refusal(await register(form('eve', { roles: ['Admin'] }), chief), 403, 'Admin')
    refusal(await register(form('eve', { roles: ['Infrastructure_Provider'] }), chief), 403, 'Infrastructure_Provider')
  })

  test.each([
    [{ name: 'Admin' }, 409, 'already a user Admin'],
    [{ name: '' }, 400, 'name'],
    [{ name: 'a b' }, 400, 'name'],
    [{ name: '../x' }, 400, 'name'],
    [{ password: '' }, 400, 'password'],
    [{ password: 'short' }, 400, 'password'],
    [{ roles: ['King'] }, 400, 'roles[0]'],
    [{ roles: 'Admin' }, 400, 'roles'],
    [{ email: 'a\nb@c' }, 400, 'email'],
  ])('refuses %j with %i, never with 200', async (extra, status, message) => {
    refusal(await register(form('fresh', extra)), status, message)
    refusal(await root.call('GET', '/api/user/fresh', undefined, { token: admin }), 404, 'no user')
  })

  test('needs a role', async () => {
    refusal(await register(form('eve'), await root.login('dev', 'lab')), 403, 'Organization_Admin')
    refusal(await register(form('eve'), ''), 401, 'log in first')
  })
})
