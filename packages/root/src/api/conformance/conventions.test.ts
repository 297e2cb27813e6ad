import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusal, success } from './testing/expect-answer.ts'
import { StartedRoot } from './testing/started-root.ts'

let root: StartedRoot
let admin: string
beforeAll(async () => {
  root = await StartedRoot.start()
  admin = await root.login('Admin')
})
afterAll(() => root[Symbol.asyncDispose]())

describe('every answer', () => {
  test.each([
    '/api/applications',
    '/api/services',
    '/api/clusters',
    '/api/clusters/active',
    '/api/users',
    '/api/organization',
    '/api/user/Admin',
    '/api/permission/Admin',
    '/api/settings',
  ])('of GET %s is plain JSON in one layer, the same with a slash at its end', async (path) => {
    const plain = success<unknown>(await root.call('GET', path, undefined, { token: admin }))
    expect(typeof plain).toBe('object')
    expect(success(await root.call('GET', `${path}/`, undefined, { token: admin }))).toEqual(plain)
  })
})

describe('a refusal', () => {
  test.each([
    ['no header', {}, 'the Authorization header is missing'],
    ['another scheme', { authorization: 'Basic QTpC' }, 'must read: Bearer'],
    ['nonsense', { authorization: 'Bearer nonsense' }, 'not valid'],
    ['a token of somebody else’s root', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }, 'not valid'],
  ])('for %s is 401 with code, status and message, on every guarded route alike', async (_what, headers, message) => {
    for (const path of [
      '/api/applications',
      '/api/organization',
      '/api/services',
      '/api/users',
      '/api/permission/Admin',
      '/api/clusters',
    ]) {
      const answer = await root.call('GET', path, undefined, { headers })
      refusal(answer, 401, message)
      expect(answer.json<object>()).toMatchObject({ status: 'Unauthorized' })
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

  test('for an unknown address is 404 in the same form', async () => {
    refusal(await root.call('GET', '/api/nothing', undefined, { token: admin }), 404, 'nothing at GET /api/nothing')
    refusal(await root.call('POST', '/'), 404, 'nothing at')
  })

  test('of the routes that upstream left open stands: reports and results are no longer anybody’s to send', async () => {
    refusal(await root.call('POST', `/api/information/${'f'.repeat(24)}`, { jobs: [] }), 404, 'nothing at')
    refusal(await root.call('POST', '/api/result/deploy', { job_id: 'x' }), 404, 'nothing at')
  })
})

describe('pages of the dashboard', () => {
  test('on the same host, whatever its port, may read answers; others may not', async () => {
    const origin = (value: string) => root.call('GET', '/api/status', undefined, { headers: { origin: value } })
    expect((await origin('http://127.0.0.1')).headers.get('access-control-allow-origin')).toBe('http://127.0.0.1')
    expect((await origin('http://evil.test')).headers.get('access-control-allow-origin')).toBeNull()
  })

  test('ask before they send a token, and may', async () => {
    const headers = {
      origin: 'http://127.0.0.1',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization',
    }
    const answer = await root.call('OPTIONS', '/api/user/Admin', undefined, { headers })
    expect(answer.status).toBeLessThan(300)
    expect(answer.headers.get('access-control-allow-methods')).toContain('PUT')
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization')
  })
})

describe('the document of the API', () => {
  test('is at both addresses of upstream', async () => {
    expect(success<{ openapi: string }>(await root.call('GET', '/docs/openapi.json')).openapi).toBe('3.1.0')
    for (const path of ['/api/docs', '/api/docs/']) {
      const page = await root.call('GET', path)
      expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
    }
  })
})

describe('the uploader', () => {
  const form = (name: string, text = '{}') => {
    const data = new FormData()
    data.set('file', new File([text], name))
    return data
  }
  const upload = (path: string, raw: FormData, token = admin) => root.call('POST', path, undefined, { token, raw })

  test.each(['/frontend/uploader', '/api/uploader'])('at %s takes a file and shows it to whoever sent it', async (path) => {
    const { path: shown } = success<{ path: string }>(await upload(path, form('app.json', '{"a":1}')))
    expect(success(await root.call('GET', shown, undefined, { token: admin }))).toMatchObject({ name: 'app.json', text: '{"a":1}' })
    expect(success<{ path: string }[]>(await root.call('GET', '/frontend/uploader', undefined, { token: admin }))).toContainEqual({
      path: shown,
      name: 'app.json',
    })
  })

  test('refuses other files, other bodies, and strangers', async () => {
    refusal(await upload('/frontend/uploader', form('app.exe')), 400, 'Not a valid file')
    refusal(await upload('/frontend/uploader', form('app.json', 'x'.repeat(300_000))), 413, 'too large')
    refusal(await root.call('POST', '/frontend/uploader', { file: 'x' }, { token: admin }), 400, 'file')
    refusal(
      await root.call('POST', '/frontend/uploader', undefined, {
        token: admin,
        raw: 'x',
        headers: { 'content-type': 'multipart/form-data' },
      }),
      400,
      'form',
    )
    refusal(await root.call('POST', '/api/application', undefined, { token: admin, raw: form('app.json') }), 400, 'must be JSON')
    refusal(await upload('/frontend/uploader', form('app.json'), ''), 401, 'log in first')
    refusal(await root.call('GET', `/frontend/uploader/${'f'.repeat(24)}`, undefined, { token: admin }), 404, 'no such upload')
  })
})
