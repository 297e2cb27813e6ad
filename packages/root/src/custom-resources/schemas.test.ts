import { describe, expect, test } from 'vitest'
import { compileSchema } from './compile-schema.ts'
import type { SchemaDocument } from './custom-resource.ts'
import { patternTrouble } from './safe-pattern.ts'

const refusalOf = (schema: unknown) =>
  compileSchema(schema as SchemaDocument).then(
    () => 'accepted',
    (thrown: Error) => thrown.message,
  )

describe('a schema', () => {
  test.each([
    ['no draft', {}],
    [
      'draft-07',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        definitions: { n: { type: 'number' } },
        properties: { a: { $ref: '#/definitions/n' } },
      },
    ],
    ['2019-09', { $schema: 'https://json-schema.org/draft/2019-09/schema', unevaluatedProperties: false, properties: { a: {} } }],
    ['2020-12', { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'number' }] }],
    ['words nobody knows', { 'x-note': 'of somebody', properties: { a: { type: 'number', unit: 'W' } } }],
    ['false', false],
  ])('of %s is compiled', async (_what, schema) => {
    expect(await refusalOf(schema)).toBe('accepted')
  })

  test.each([
    ['fetches from elsewhere', { $ref: 'http://169.254.169.254/schema' }, 'others are not fetched'],
    ['reads a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, 'others are not fetched'],
    ['goes in a circle', { properties: { a: { $ref: '#' } } }, 'come to an end'],
    [
      'goes in a circle by way of others',
      { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } },
      'come to an end',
    ],
    ['doubles with every reference', doubling(20), 'come to an end'],
    ['depends on where it is used', { $dynamicRef: '#x' }, 'are not followed'],
    ['names what is not there', { $ref: '#/$defs/none' }, 'a JSON Schema'],
    ['has a name inside', { properties: { a: { $id: 'http://x/y' } } }, 'no name of its own'],
    ['is of an old draft', { $schema: 'http://json-schema.org/draft-03/schema#' }, 'draft-07, 2019-09 or 2020-12'],
    ['is none', { type: 'lamp' }, 'a JSON Schema'],
    ['is too large', { description: 'x'.repeat(70_000) }, '65536 bytes'],
    ['is too deep', nested(40), '32 levels'],
    ['has a slow pattern', { properties: { a: { pattern: '^(a+)+$' } } }, 'quick on every text'],
    ['has a slow pattern for names', { patternProperties: { '(x*)*': {} } }, 'quick on every text'],
    ['has a broken pattern', { pattern: '(' }, 'a JSON Schema'],
  ])('that %s is refused', async (_what, schema, message) => {
    expect(await refusalOf(schema)).toContain(message)
  })

  test('keeps its patterns apart', async () => {
    const check = await compileSchema({
      properties: { a: { pattern: '^a+$' }, b: { pattern: '^b+$' } },
      patternProperties: { '^c': { type: 'number' } },
    })
    expect(check({ a: 'aa', b: 'bb', c: 1 })).toEqual([])
    expect(check({ a: 'bb', b: 'aa', c: 'x' }).map(({ path }) => path)).toEqual(['a', 'b', 'c'])
  })

  test('finds a pattern in no text that is too long for it', async () => {
    const check = await compileSchema({ properties: { a: { pattern: '^a*$' } } })
    expect(check({ a: 'a'.repeat(512) })).toEqual([])
    expect(check({ a: 'a'.repeat(513) })).toHaveLength(1)
  })
})

function doubling(levels: number): SchemaDocument {
  const names = Array.from({ length: levels }, (_, level) => level)
  const $defs = Object.fromEntries(
    names.map((level) => [`d${level}`, { allOf: [{ $ref: `#/$defs/d${level + 1}` }, { $ref: `#/$defs/d${level + 1}` }] }]),
  )
  return { $ref: '#/$defs/d0', $defs: { ...$defs, [`d${levels}`]: {} } }
}

function nested(levels: number): SchemaDocument {
  return levels === 0 ? {} : { not: nested(levels - 1) }
}

describe('a pattern', () => {
  test.each([
    '^[a-z]+$',
    '^\\d{1,3}(\\.\\d{1,3}){3}$',
    '^(red|blue)$',
    '^[a-z]+-[0-9]+(\\.[0-9]+)?$',
    '^\\(a\\+\\)\\+$',
    '[+*]{2,3}',
    '(?:ab){2,40}',
    '(?<year>\\d{4})-\\d\\d',
    '',
  ])('such as %s is quick', (pattern) => expect(patternTrouble(pattern)).toBeUndefined())

  test.each([
    '(a+)+',
    '(a*)*b',
    '((a+)b)*',
    '(a|a)*',
    '(a|a+){3,}',
    '(a?){20}a{20}',
    '(.*)\\1',
    '(?=a)b',
    '(?<!a)b',
    'a*b*c*d*',
    '(?<x>a)\\k<x>',
    'x'.repeat(300),
    '(a{1,9}){1,9}',
    '(?:(?:a|b)c)+',
  ])('such as %s may be slow', (pattern) => expect(patternTrouble(pattern)).toBeDefined())

  test('that is let through is quick on texts made for it', () => {
    const text = `${'a'.repeat(511)}!`
    for (const pattern of ['^a*a*a*$', '^(a|b){8}a*$', '^[ab]+[ab]+[ab]+$']) {
      expect(patternTrouble(pattern)).toBeUndefined()
      expect(new RegExp(pattern).test(text)).toBe(false)
    }
  })
})
