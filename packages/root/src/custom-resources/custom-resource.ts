import type { Collection } from '@oakestra/store'

/** A kind of object that somebody else defined. `reference/orchestration.md` 8.3. */
export interface CustomType {
  readonly id: string
  readonly name: string
  /** JSON Schema that every object of the type meets. */
  readonly schema: SchemaDocument
  readonly createdAtMs: number
}

export type SchemaDocument = Readonly<Record<string, unknown>> | boolean

/** An object of a custom type. */
export interface CustomObject {
  readonly id: string
  readonly type: string
  /** Name of the user who made it: others but Admins neither see nor change it. */
  readonly owner: string
  /** Raised with every change. */
  readonly version: number
  readonly body: Readonly<Record<string, unknown>>
  readonly createdAtMs: number
}

export const customTypes: Collection<CustomType> = { name: 'custom_types', key: (type) => type.name }
export const customObjects: Collection<CustomObject> = {
  name: 'custom_objects',
  key: (object) => object.id,
  indexes: {
    type: (object) => object.type,
    owner: (object) => object.owner,
    /** In the order of their making. */
    all: ({ type, createdAtMs, id }) => `${ofType(type)}${placeOf(createdAtMs, id)}`,
    mine: ({ type, owner, createdAtMs, id }) => `${ofOwner(type, owner)}${placeOf(createdAtMs, id)}`,
  },
}

/** Where objects of a type begin in the index `all`; names of types hold no slash. */
export function ofType(type: string): string {
  return `${type}/`
}

/** Where objects of a type and an owner begin in the index `mine`. */
export function ofOwner(type: string, owner: string): string {
  return `${type}/${owner}/`
}

function placeOf(createdAtMs: number, id: string): string {
  return `${String(Math.max(0, createdAtMs)).padStart(16, '0')}/${id}`
}

/** What a schema and its objects may cost; whoever needs more needs a database. */
export const CUSTOM_LIMITS = {
  types: 200,
  objectsPerType: 10_000,
  /** Of one user over all types, Admins apart. */
  objectsPerOwner: 1_000,
  schemaBytes: 64 * 1024,
  objectBytes: 64 * 1024,
  /** Of nested lists and objects: each level is one of the stack. */
  depth: 32,
  /** Values in one object: what compares each with each, such as `uniqueItems`, stays quick. */
  values: 5_000,
  /** Steps that reading one value may take, after every reference is followed; recursive schemas have no end of them. */
  schemaSteps: 20_000,
} as const
