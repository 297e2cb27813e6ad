import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import type { Role } from '../state/collections.ts'
import { addGuard } from './guard.ts'
import type { Permission } from './permission.ts'
import { ROUTES } from './routes.ts'
import { createApiFixture } from './testing/api-fixture.ts'

/** What each kind of caller may reach. Written down apart from the routes: a change of a permission must show here. */
const PUBLIC_ROUTES = ['POST /api/auth/login', 'GET /api/status']
const REFRESH_ROUTES = ['POST /api/auth/refresh']
const PROVIDER_ROUTES = [
  'PATCH /api/clusters/:clusterId',
  'DELETE /api/clusters/:clusterId',
  'POST /api/clusters/join-token',
  'POST /api/cluster/:clusterId/join-token',
  'PATCH /api/clusters/:clusterId/nodes/:nodeId',
  'DELETE /api/clusters/:clusterId/nodes/:nodeId',
  'GET /api/unclaimed',
]
const ADMIN_ROUTES = ['POST /api/unclaimed/:clusterId/:instanceId/adopt', 'DELETE /api/unclaimed/:clusterId/:instanceId']
const SELF_ROUTES = ['GET /api/user/:userName', 'GET /api/permission/:userName']

const name = (route: { readonly method: string; readonly path: string }) => `${route.method} ${route.path}`

const CALLERS: readonly { readonly as: string; readonly roles: readonly Role[] }[] = [
  { as: 'Admin', roles: ['Admin'] },
  { as: 'owner', roles: ['Organization_Admin'] },
  { as: 'provider', roles: ['Infrastructure_Provider'] },
  { as: 'developer', roles: ['Application_Provider'] },
  { as: 'guest', roles: [] },
]

function mayReach(route: string, roles: readonly Role[]): boolean {
  if (PROVIDER_ROUTES.includes(route)) return roles.includes('Admin') || roles.includes('Infrastructure_Provider')
  if (ADMIN_ROUTES.includes(route) || SELF_ROUTES.includes(route)) return roles.includes('Admin')
  return true
}

const withParameters = (path: string) =>
  path
    .replace(':userName', 'somebody')
    .replace(/:\w*Number/, '0')
    .replaceAll(/:\w+/g, 'ffffffffffffffffffffffff')

describe('every route', () => {
  test('states who may call it', () => {
    for (const route of ROUTES) expect(route.permission, name(route)).toMatchObject({ kind: expect.any(String) })
  })

  test('is public only where this list says so', () => {
    const kinds = (kind: Permission['kind']) => ROUTES.filter((route) => route.permission.kind === kind).map(name)
    expect(kinds('public')).toEqual(PUBLIC_ROUTES)
    expect(kinds('refresh-token')).toEqual(REFRESH_ROUTES)
    expect(kinds('role')).toEqual([...PROVIDER_ROUTES, ...ADMIN_ROUTES])
    expect(kinds('self')).toEqual(SELF_ROUTES)
  })

  test('refuses a caller without a token, with a bad one, and with a refresh token', async () => {
    await using fixture = await createApiFixture()
    const tokens = await fixture.deps.accounts.login({
      userName: 'Admin',
      password: 'correct horse battery staple',
      organizationName: 'root',
      address: '',
    })
    const headers = [{}, { authorization: 'Bearer x' }, { authorization: 'Basic QTpC' }, { authorization: `Bearer ${tokens.refreshToken}` }]
    for (const route of ROUTES.filter((each) => !PUBLIC_ROUTES.includes(name(each)) && !REFRESH_ROUTES.includes(name(each)))) {
      for (const header of headers) {
        const answer = await fixture.api.inject({ method: route.method, url: withParameters(route.path), headers: header })
        expect(answer.statusCode, `${name(route)} ${JSON.stringify(header)}`).toBe(401)
        expect(answer.json()).toMatchObject({ code: 401, status: 'Unauthorized', message: expect.any(String) })
      }
    }
  })

  test('lets in whom it should, and nobody else', async () => {
    await using fixture = await createApiFixture()
    for (const route of ROUTES.filter((each) => !PUBLIC_ROUTES.includes(name(each)) && !REFRESH_ROUTES.includes(name(each)))) {
      for (const caller of CALLERS) {
        const answer = await fixture.call(route.method, withParameters(route.path), undefined, caller)
        const isRefused =
          answer.statusCode === 401 ||
          (answer.statusCode === 403 && answer.json().message.includes('another user') === SELF_ROUTES.includes(name(route)))
        expect(isRefused, `${caller.as} at ${name(route)}: ${answer.statusCode}`).toBe(!mayReach(name(route), caller.roles))
      }
    }
  })

  test('answers with and without a slash at its end, without a redirect', async () => {
    await using fixture = await createApiFixture()
    for (const route of ROUTES) {
      const [plain, slashed] = await Promise.all(['', '/'].map((end) => fixture.call(route.method, withParameters(route.path) + end)))
      expect(slashed?.statusCode, name(route)).toBe(plain?.statusCode)
      expect([301, 302, 307, 308]).not.toContain(slashed?.statusCode)
      // Without this, a route that is not there would pass.
      expect(slashed?.body).not.toContain('there is nothing at')
    }
  })
})

test('a route that states no permission stops the start', async () => {
  const app = Fastify()
  addGuard(app, {
    accounts: {
      authenticate: async () => Promise.reject(new Error('never asked')),
      login: async () => Promise.reject(),
      refresh: async () => '',
    },
  })
  expect(() => app.get('/forgotten', async () => 'open')).toThrow('GET /forgotten states no permission')
})
