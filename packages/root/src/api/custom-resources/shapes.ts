import { LIMITS } from '@oakestra/base'
import type { Violation } from '@oakestra/sla'
import { z } from 'zod'
import type { CustomObject, CustomType } from '../../custom-resources/custom-resource.ts'
import { RESERVED_WORDS } from '../../hooks/hook-subject.ts'
import { Answered } from '../answered.ts'
import type { BodyReader } from '../route.ts'
import { etagOf } from '../versions/version.ts'

const NAME_EXPECTED = 'a name: 1 to 63 letters, digits, "-" and "_", beginning with a letter'

export const typeName = z
  .string({ error: NAME_EXPECTED })
  .regex(/^[A-Za-z][\w-]{0,62}$/, { error: NAME_EXPECTED })
  .refine((name) => !RESERVED_WORDS.includes(name), {
    error: `another name than ${RESERVED_WORDS.join(', ')}: hooks mean something else by these`,
  })

export const customTypeSchema = z
  .object({
    _id: z.string(),
    resource_type: z.string(),
    schema: z.unknown().describe('JSON Schema that every object of the type meets.'),
  })
  .meta({ id: 'CustomType' })

export const customObjectSchema = z
  .looseObject({
    _id: z.string(),
    _version: z.int().describe('Raised with every change; also the ETag.'),
    _owner: z.string().describe('Name of the user who made it.'),
  })
  .meta({ id: 'CustomObject' })

export function typeView({ id, name, schema }: CustomType): z.infer<typeof customTypeSchema> {
  return { _id: id, resource_type: name, schema }
}

export function objectView({ id, body, version, owner }: CustomObject): z.infer<typeof customObjectSchema> {
  return { ...body, _id: id, _version: version, _owner: owner }
}

/** One object, with its version in the header, too. */
export function answerObject(object: CustomObject): Answered {
  return new Answered(objectView(object), { etag: etagOf(String(object.version)) })
}

/** Any object: what it has to be is known only by its type. */
export const objectBody: BodyReader<CustomObject['body']> = {
  schema: z.looseObject({}).meta({ id: 'CustomObjectBody' }),
  required: true,
  async parse(json) {
    if (isObject(json)) return { ok: true, value: json, notes: [] }
    return { ok: false, violations: [notAnObject(json)] }
  },
}

function isObject(json: unknown): json is CustomObject['body'] {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function notAnObject(json: unknown): Violation {
  return { path: '', expected: 'an object', found: (JSON.stringify(json) ?? 'nothing').slice(0, LIMITS.violationsListed) }
}
