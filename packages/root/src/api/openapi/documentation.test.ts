import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROUTES } from '../routes.ts'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { openApiDocument } from './document.ts'

const COMMITTED = new URL('../../../../../spec/openapi.json', import.meta.url)

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await createApiFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

test('the committed document says what the API does; UPDATE=1 renews it', async () => {
  const now = openApiDocument(ROUTES)
  if (process.env['UPDATE']) await writeFile(COMMITTED, `${JSON.stringify(now, null, 2)}\n`)
  expect(now).toEqual(JSON.parse(await readFile(COMMITTED, 'utf8')))
})

describe('the document', () => {
  const document = openApiDocument(ROUTES)
  const text = JSON.stringify(document)

  test('lists every route with its operation id, once each', () => {
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map((match) => match[1])
    expect(ids).toHaveLength(ROUTES.length)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('refers only to schemas it holds', () => {
    const { schemas } = document['components'] as { schemas: Record<string, unknown> }
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(references.length).toBeGreaterThan(20)
    for (const reference of references) expect(Object.keys(schemas)).toContain(reference.replace('#/components/schemas/', ''))
  })

  test('says what each of its schemas holds', () => {
    const { schemas } = document['components'] as { schemas: Record<string, Record<string, unknown>> }
    for (const [name, schema] of Object.entries(schemas))
      expect(schema, name).toMatchObject({ type: 'object', properties: expect.any(Object) })
    expect(schemas['AddedServices']).toMatchObject({
      properties: { job_id: { type: 'string' }, notes: { type: 'array' } },
      required: expect.arrayContaining(['job_id']),
    })
    expect(schemas['Service']).toMatchObject({ properties: { instance_list: { items: { $ref: '#/components/schemas/Instance' } } } })
    expect(text).not.toContain('"additionalProperties":false')
  })

  test('asks for a token except where none is needed', () => {
    const paths = document['paths'] as Record<string, Record<string, { security: unknown[] }>>
    expect(paths['/api/auth/login']?.['post']?.security).toEqual([])
    expect(paths['/api/service/{serviceId}/instance']?.['post']?.security).toEqual([{ bearer: [] }])
  })

  test('is served without a token', async () => {
    expect((await fixture.api.inject('/docs/openapi.json')).json()).toEqual(document)
  })
})

describe('the page', () => {
  test('comes with its files, from either form of its address', async () => {
    for (const url of ['/api/docs', '/api/docs/']) {
      const page = await fixture.api.inject(url)
      expect(page.headers['content-type']).toContain('text/html')
      for (const [, file = ''] of page.body.matchAll(/(?:src|href)="([^"]+)"/g))
        expect((await fixture.api.inject(file)).statusCode, file).toBe(200)
    }
  })

  test('runs nothing but its own scripts', async () => {
    const policy = (await fixture.api.inject('/api/docs')).headers['content-security-policy']
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toContain('script-src')
  })

  test('gives no other file away', async () => {
    for (const file of ['package.json', '..%2fpackage.json', '%2e%2e/package.json', 'constructor', 'swagger-ui.js']) {
      expect((await fixture.api.inject(`/api/docs/${file}`)).statusCode, file).toBe(404)
    }
  })
})
