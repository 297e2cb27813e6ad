import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { addGuard } from './guard.ts'
import { ROUTES } from './routes.ts'
import { createApiFixture } from './testing/api-fixture.ts'

/** Who may reach what besides is in the table of `docs/roles.md`, which `conformance/roles.test.ts` holds. */
const PUBLIC_ROUTES = ['POST /api/auth/login', 'POST /api/user', 'PUT /api/user', 'GET /api/status']
const REFRESH_ROUTES = ['POST /api/auth/refresh']

const name = (route: { readonly method: string; readonly path: string }) => `${route.method} ${route.path}`

const withParameters = (path: string) =>
  path
    .replace(':userName', 'somebody')
    .replace(/:\w*Number/, '0')
    .replaceAll(/:\w+/g, 'ffffffffffffffffffffffff')

describe('every route', () => {
  test('states who may call it', () => {
    for (const route of ROUTES) expect(route.permission, name(route)).toMatchObject({ kind: expect.any(String) })
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

  test('answers with and without a slash at its end, without a redirect', async () => {
    await using fixture = await createApiFixture()
    // A stream of events goes on until somebody leaves.
    for (const route of ROUTES.filter(({ stream }) => stream !== 'text/event-stream')) {
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
    },
  })
  expect(() => app.get('/forgotten', async () => 'open')).toThrow('GET /forgotten states no permission')
})
