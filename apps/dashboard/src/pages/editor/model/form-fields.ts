/*
 * A form follows from the schema of the descriptor: what is added there appears here, without a change of the page.
 */

/** The part of JSON Schema that descriptors use. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly additionalProperties?: unknown
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
}

interface FieldBase {
  readonly key: string
  readonly help?: string
  readonly required: boolean
}

export type Field = FieldBase &
  (
    | { readonly kind: 'text' }
    | { readonly kind: 'number'; readonly whole: boolean; readonly min?: number; readonly max?: number }
    | { readonly kind: 'flag' }
    | { readonly kind: 'choice'; readonly options: readonly string[] }
    | { readonly kind: 'texts' }
    | { readonly kind: 'group'; readonly fields: readonly Field[] }
    | { readonly kind: 'groups'; readonly fields: readonly Field[] }
    /** Of any shape: edited as text. */
    | { readonly kind: 'json' }
  )

/** The fields of an object schema, in its order. Pure. */
export function fieldsOf(schema: JsonSchema, root: JsonSchema = schema): readonly Field[] {
  const resolved = resolve(schema, root)
  const required = new Set(resolved.required)
  return Object.entries(resolved.properties ?? {}).map(([key, property]) => fieldOf(key, property, required.has(key), root))
}

function fieldOf(key: string, schema: JsonSchema, required: boolean, root: JsonSchema): Field {
  const help = schema.description
  const base: FieldBase = { key, required, ...(help === undefined ? {} : { help }) }
  const bare = resolve(schema, root)
  const type = typeOf(bare)
  const options = bare.enum?.filter((value) => typeof value === 'string')
  if (options && options.length > 0) return { ...base, kind: 'choice', options }
  if (type === 'string') return { ...base, kind: 'text' }
  if (type === 'boolean') return { ...base, kind: 'flag' }
  if (type === 'integer' || type === 'number') return { ...base, kind: 'number', whole: type === 'integer', ...bounds(bare) }
  if (type === 'array') return listOf(base, bare.items ?? {}, root)
  const fields = type === 'object' ? fieldsOf(bare, root) : []
  return fields.length > 0 ? { ...base, kind: 'group', fields } : { ...base, kind: 'json' }
}

function listOf(base: FieldBase, items: JsonSchema, root: JsonSchema): Field {
  const bare = resolve(items, root)
  if (typeOf(bare) === 'string') return { ...base, kind: 'texts' }
  const fields = fieldsOf(bare, root)
  return fields.length > 0 ? { ...base, kind: 'groups', fields } : { ...base, kind: 'json' }
}

function bounds({ minimum, maximum }: JsonSchema) {
  return { ...(minimum === undefined ? {} : { min: minimum }), ...(maximum === undefined ? {} : { max: maximum }) }
}

/** What stands behind references and behind "or null". */
function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')]
    return target ? resolve(target, root) : {}
  }
  const choice = schema.anyOf?.find((each) => each.type !== 'null')
  return choice ? resolve(choice, root) : schema
}

function typeOf({ type }: JsonSchema): string | undefined {
  return typeof type === 'string' ? type : type?.find((word) => word !== 'null')
}
