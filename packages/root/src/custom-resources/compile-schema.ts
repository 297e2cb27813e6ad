import { LIMITS, OakError } from '@oakestra/base'
import type { Violation } from '@oakestra/sla'
import type { ErrorObject, Options, ValidateFunction } from 'ajv'
import { CUSTOM_LIMITS, type SchemaDocument } from './custom-resource.ts'
import { excessOf } from './measure.ts'
import { MATCHED_LENGTH_MAX, patternTrouble } from './safe-pattern.ts'
import { schemaTroubles } from './schema-check.ts'

/** What is wrong with an object; nothing for a good one. */
export type ObjectCheck = (body: unknown) => readonly Violation[]

/**
 * Makes a check out of a JSON Schema. The compiler is loaded with the first schema: most installations have none.
 * @throws OakError `bad-request` with what is wrong with the schema
 */
export async function compileSchema(schema: SchemaDocument): Promise<ObjectCheck> {
  const troubles = schemaTroubles(schema)
  if (troubles.length > 0) throw schemaRefusal(troubles)
  const validate = await compiled(schema)
  return (body) => {
    const excess = excessOf(body, { bytes: CUSTOM_LIMITS.objectBytes, depth: CUSTOM_LIMITS.depth, values: CUSTOM_LIMITS.values })
    if (excess) return [{ path: '', expected: `a smaller object: it ${excess}`, found: 'more' }]
    return validate(body) ? [] : (validate.errors ?? []).slice(0, LIMITS.violationsListed).map((error) => violationOf(error, body))
  }
}

/** @throws OakError `bad-request` */
async function compiled(schema: SchemaDocument): Promise<ValidateFunction> {
  const ajv = await newCompiler(schema)
  try {
    return ajv.compile(schema)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 300) : ''
    throw schemaRefusal([{ path: 'schema', expected: 'a JSON Schema', found: reason }], cause)
  }
}

/** Upstream is as lenient as this: words that no draft knows are remarks. */
const OPTIONS: Options = {
  allErrors: true,
  strict: false,
  validateFormats: true,
  // Each reference is a function of its own: what is used often is compiled once.
  inlineRefs: false,
  logger: false,
  code: { regExp: Object.assign(boundedPattern, { code: 'boundedPattern' }) },
}

async function newCompiler(schema: SchemaDocument) {
  const { default: addFormats } = await import('ajv-formats')
  const draft = typeof schema === 'object' && typeof schema['$schema'] === 'string' ? schema['$schema'] : ''
  const ajv = await ofDraft(draft)
  addFormats.default(ajv)
  return ajv
}

async function ofDraft(draft: string) {
  if (draft.includes('draft-0')) {
    const { Ajv } = await import('ajv')
    return new Ajv(OPTIONS)
  }
  if (draft.includes('2019-09')) {
    const { Ajv2019 } = await import('ajv/dist/2019.js')
    return new Ajv2019(OPTIONS)
  }
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  return new Ajv2020(OPTIONS)
}

/** A pattern that gives up on long texts. The compiler takes patterns for the same when their text is. */
function boundedPattern(pattern: string, flags: string): { test(text: string): boolean; toString(): string } {
  const trouble = patternTrouble(pattern)
  if (trouble) throw new Error(`the pattern ${trouble}`)
  const expression = new RegExp(pattern, flags)
  return { test: (text) => text.length <= MATCHED_LENGTH_MAX && expression.test(text), toString: () => String(expression) }
}

function schemaRefusal(violations: readonly Violation[], cause?: unknown): OakError {
  const [first] = violations
  const message = first ? `${first.path}: expected ${first.expected}, found ${first.found}` : 'the schema is not valid'
  return new OakError('bad-request', message, { details: { violations, status: 422 }, cause })
}

function violationOf(error: ErrorObject, body: unknown): Violation {
  const missing = error.keyword === 'required' ? [String(error.params['missingProperty'])] : []
  const parts = [...error.instancePath.split('/').slice(1).map(unescaped), ...missing]
  return { path: parts.join('.'), expected: expectedBy(error), found: foundAt(body, parts) }
}

function expectedBy({ keyword, params, message }: ErrorObject): string {
  if (keyword === 'required') return 'a value'
  if (keyword === 'additionalProperties') return `no member ${String(params['additionalProperty'])}`
  if (keyword === 'enum') return `one of ${JSON.stringify(params['allowedValues']).slice(0, 200)}`
  return (message ?? keyword).replace(/^must (be )?/, '')
}

function foundAt(body: unknown, parts: readonly string[]): string {
  const value = parts.reduce<unknown>((at, key) => {
    return typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Readonly<Record<string, unknown>>)[key] : undefined
  }, body)
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
