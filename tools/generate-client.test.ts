import { expect, it } from 'vitest'
import { type ApiDocument, operationsSource, typesSource } from './client-source.ts'
import { generatedClient } from './generate-client.ts'
import { read } from './source-files.ts'

it('holds the client that follows from spec/openapi.json; npm run generate renews it', () => {
  for (const [path, source] of Object.entries(generatedClient())) expect(read(path) === source, `${path}: run npm run generate`).toBe(true)
})

const document: ApiDocument = {
  paths: {
    '/api/thing/{id}': {
      patch: {
        summary: 'Change a thing',
        'x-permission': ['Admin'],
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'force', in: 'query', required: false, schema: { type: 'string', enum: ['true', 'false'] } },
        ],
        requestBody: { required: false, content: { 'application/json': { schema: { $ref: '#/components/schemas/Change' } } } },
        responses: { 200: { content: { 'text/event-stream': { schema: { anyOf: [{ type: 'string' }, { type: 'null' }] } } } } },
      },
    },
  },
  components: {
    schemas: {
      Change: {
        type: 'object',
        properties: {
          'a-b': { type: ['integer', 'null'], description: 'Of */ things.' },
          list: { type: 'array', items: { enum: ['x', 'y'] } },
          map: { type: 'object', additionalProperties: { type: 'number' } },
        },
        required: ['list'],
        additionalProperties: {},
      },
    },
  },
}

it('writes schemas as interfaces, open where something is sent', () => {
  expect(typesSource(document)).toContain(`export interface Change {
  /** Of *\\/ things. */
  readonly 'a-b'?: number | null
  readonly list: readonly ('x' | 'y')[]
  readonly map?: Readonly<Record<string, number>>
  readonly [key: string]: unknown
}`)
})

it('writes operations with what goes in and comes out, who may, and whether it is a stream', () => {
  const source = operationsSource(document)
  expect(source).toContain(`  readonly 'PATCH /api/thing/{id}': {
    readonly params: {
      readonly id: string | number
    }
    readonly query: {
      readonly force?: 'true' | 'false' | boolean
    }
    readonly body: T.Change | undefined
    readonly answer: string | null
  }`)
  expect(source).toContain(`  'PATCH /api/thing/{id}': { permission: ['Admin'], stream: 'text/event-stream' },`)
})

it('writes an operation that answers nothing', () => {
  const [path, methods] = Object.entries(document.paths)[0] ?? ['', {}]
  const operation = { ...methods['patch'], summary: 'x', 'x-permission': 'public', parameters: [], responses: { 204: {} } }
  expect(operationsSource({ ...document, paths: { [path]: { delete: operation } } })).toContain('readonly answer: undefined')
})

it('stops at a schema that it does not know', () => {
  expect(() => typesSource({ ...document, components: { schemas: { Odd: { type: 'date' } } } })).toThrow('date')
})
