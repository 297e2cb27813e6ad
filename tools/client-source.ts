/*
 * The API's document as TypeScript. Small on purpose: it knows the part of JSON Schema that zod writes for us, and stops
 * at a schema that it does not know rather than calling it `unknown`.
 */

type Json = Readonly<Record<string, unknown>>

/** What of an OpenAPI document the client is made from. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

interface Operation {
  readonly summary: string
  readonly description?: string
  readonly 'x-permission': string | readonly string[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  /** By status; a success without content is an empty answer. */
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly description?: string
  readonly schema: Json
}

type Content = Readonly<Record<string, { readonly schema: Json }>>

const HEADER = '// Written by tools/generate-client.ts from spec/openapi.json: change that, not this.\n'

/** Named schemas as interfaces. */
export function typesSource(document: ApiDocument): string {
  const inputs = inputNames(document)
  const parts = Object.entries(document.components.schemas).map(([name, schema]) => declaration(name, schema, inputs.has(name)))
  return `${HEADER}\n${parts.join('\n')}`
}

/** Every operation: a type of what goes in and comes out, and a table of what a client must know while it runs. */
export function operationsSource(document: ApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ key: `${method.toUpperCase()} ${path}`, operation })),
  )
  const types = operations.map(({ key, operation }) => operationType(key, operation)).join('')
  const table = operations.map(({ key, operation }) => operationEntry(key, operation)).join('')
  return (
    `${HEADER}import type * as T from './types.ts'\n\n` +
    `/** Operations by method and path: what each takes and answers. */\nexport interface Operations {\n${types}}\n\n` +
    `/** Who may call what, and which answers are streams. */\nexport const OPERATIONS = {\n${table}} as const\n`
  )
}

function declaration(name: string, schema: Json, isInput: boolean): string {
  if (schema['type'] === 'object' && Object.keys(schema['properties'] ?? {}).length > 0)
    return `${comment(schema, '')}export interface ${name} ${objectType(schema, '', isInput, '')}\n`
  return `${comment(schema, '')}export type ${name} = ${typeOf(schema, '', isInput, '')}\n`
}

function operationType(key: string, operation: Operation): string {
  const answer = answerOf(operation)
  const lines = [
    `    readonly params: ${parametersType(operation, 'path')}`,
    `    readonly query: ${parametersType(operation, 'query')}`,
    `    readonly body: ${bodyType(operation)}`,
    `    readonly answer: ${answer ? typeOf(answer.schema, '    ', false) : 'undefined'}`,
  ]
  return `${comment({ description: operation.description ?? operation.summary }, '  ')}  readonly ${quote(key)}: {\n${lines.join('\n')}\n  }\n`
}

function operationEntry(key: string, operation: Operation): string {
  const { media } = answerOf(operation) ?? { media: 'application/json' }
  const stream = media === 'application/json' ? '' : `, stream: ${quote(media)}`
  return `  ${quote(key)}: { permission: ${JSON.stringify(operation['x-permission']).replaceAll('"', "'")}${stream} },\n`
}

/** What a success answers; undefined where it answers nothing. */
function answerOf({ responses, summary }: Operation): { readonly media: string; readonly schema: Json } | undefined {
  const [success] = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  if (!success) throw new Error(`${summary}: no success is described`)
  const [entry] = Object.entries(success[1].content ?? {})
  return entry && { media: entry[0], schema: entry[1].schema }
}

function bodyType({ requestBody }: Operation): string {
  if (!requestBody) return 'undefined'
  const schema = requestBody.content['application/json']?.schema ?? {}
  return typeOf(schema, '    ', true) + (requestBody.required ? '' : ' | undefined')
}

function parametersType(operation: Operation, place: 'path' | 'query'): string {
  const own = operation.parameters.filter((parameter) => parameter.in === place)
  if (own.length === 0) return 'Readonly<Record<never, never>>'
  const members = own.map(
    (parameter) =>
      `${comment(parameter, '      ')}      readonly ${propertyName(parameter.name)}${parameter.required ? '' : '?'}: ${textType(parameter.schema)}\n`,
  )
  return `{\n${members.join('')}    }`
}

/** Parameters are text in the end: whatever has one form as text may be given. */
function textType(schema: Json): string {
  const words = schema['enum']
  if (!Array.isArray(words)) return 'string | number'
  return [...words.map(literal), ...(words.includes('true') && words.includes('false') ? ['boolean'] : [])].join(' | ')
}

/** A type expression. `prefix` says where the named types are. */
function typeOf(schema: Json, indent: string, isInput: boolean, prefix = 'T.'): string {
  const { $ref, anyOf, oneOf, allOf, enum: words, type } = schema
  const inner = (part: unknown) => typeOf(part as Json, indent, isInput, prefix)
  if (typeof $ref === 'string') return prefix + ($ref.split('/').at(-1) ?? '')
  if (Array.isArray(anyOf)) return anyOf.map(inner).join(' | ')
  if (Array.isArray(oneOf)) return oneOf.map(inner).join(' | ')
  if (Array.isArray(allOf)) return allOf.map(inner).join(' & ')
  if ('const' in schema) return literal(schema['const'])
  if (Array.isArray(words)) return words.map(literal).join(' | ')
  if (Array.isArray(type)) return type.map((each) => inner({ ...schema, type: each })).join(' | ')
  return plainType(schema, indent, isInput, prefix)
}

function plainType(schema: Json, indent: string, isInput: boolean, prefix: string): string {
  const { type } = schema
  if (type === 'object') return objectType(schema, indent, isInput, prefix)
  if (type === 'array') return `readonly ${parenthesised(typeOf((schema['items'] ?? {}) as Json, indent, isInput, prefix))}[]`
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'string' || type === 'boolean' || type === 'null') return type
  if (type === undefined) return 'unknown'
  throw new Error(`a schema of type ${JSON.stringify(type)} is not known to the generator`)
}

function objectType(schema: Json, indent: string, isInput: boolean, prefix: string): string {
  const required = new Set((schema['required'] ?? []) as readonly string[])
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Json>>)
  const rest = schema['additionalProperties'] as Json | boolean | undefined
  if (properties.length === 0) return `Readonly<Record<string, ${isSchema(rest) ? typeOf(rest, indent, isInput, prefix) : 'unknown'}>>`
  const deeper = `${indent}  `
  const members = properties.map(
    ([name, part]) =>
      `${comment(part, deeper)}${deeper}readonly ${propertyName(name)}${required.has(name) ? '' : '?'}: ${typeOf(part, deeper, isInput, prefix)}\n`,
  )
  // Answers may hold more than their type says, but nobody can know it: only what is sent has room for it.
  const open = isInput && rest !== undefined ? `${deeper}readonly [key: string]: unknown\n` : ''
  return `{\n${members.join('')}${open}${indent}}`
}

function isSchema(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

/** Schemas that something sent refers to, however far down. */
function inputNames(document: ApiDocument): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (value: unknown) => {
    for (const name of referencesIn(value)) {
      if (names.has(name)) continue
      names.add(name)
      visit(document.components.schemas[name])
    }
  }
  for (const methods of Object.values(document.paths)) for (const { requestBody } of Object.values(methods)) visit(requestBody)
  return names
}

function referencesIn(value: unknown): readonly string[] {
  return [...(JSON.stringify(value) ?? '').matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? '')
}

function comment({ description }: { readonly description?: unknown }, indent: string): string {
  return typeof description === 'string' ? `${indent}/** ${description.replaceAll('*/', '*\\/')} */\n` : ''
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name)
}

function literal(value: unknown): string {
  return typeof value === 'string' ? quote(value) : JSON.stringify(value)
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function parenthesised(type: string): string {
  return /[|&]/.test(type) && !type.startsWith('{') ? `(${type})` : type
}
