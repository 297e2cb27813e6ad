import { z } from 'zod'
import { compileSchema } from '../../custom-resources/compile-schema.ts'
import { customTypes } from '../../custom-resources/custom-resource.ts'
import { defineType, removeType } from '../../custom-resources/operations-types.ts'
import { schemaBody } from '../bodies.ts'
import { messageSchema } from '../messages.ts'
import { answerPage, pageOf } from '../paging/page.ts'
import { pageQuery } from '../paging/page-query.ts'
import { anyOf, SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { customTypeSchema, typeName, typeView } from './shapes.ts'

const SCHEMA_EXPECTED = 'a JSON Schema: an object, true or false'
const body = z
  .looseObject(
    { resource_type: typeName, schema: z.union([z.boolean(), z.record(z.string(), z.unknown())], { error: SCHEMA_EXPECTED }) },
    { error: 'an object with resource_type and schema' },
  )
  .meta({ id: 'CustomTypeDefinition' })

export const listCustomTypes = defineRoute({
  method: 'GET',
  path: '/api/v1/custom-resources',
  tag: 'custom resources',
  summary: 'List the types of custom resources',
  permission: SIGNED_IN,
  query: pageQuery,
  answer: z.array(customTypeSchema),
  async handle(deps, call) {
    const all = await deps.store.read((reader) => reader.list(customTypes))
    const page = pageOf(all, call.query, ({ name }) => name)
    return answerPage(page, page.items.map(typeView))
  },
})

export const defineCustomType = defineRoute({
  method: 'POST',
  path: '/api/v1/custom-resources',
  tag: 'custom resources',
  summary: 'Define a type of custom resources by a JSON Schema',
  description:
    'Draft-07, 2019-09 or 2020-12. References stay within the schema and do not go in circles; patterns are quick on every text.',
  permission: anyOf('Admin'),
  status: 201,
  body: { ...schemaBody(body), refusalStatus: 422 },
  answer: customTypeSchema,
  async handle(deps, call) {
    const { resource_type: name, schema } = call.body
    await compileSchema(schema)
    const made = { id: deps.ids.next(), nowMs: deps.clock.wallMs() }
    return typeView(await deps.store.write((writer) => defineType(writer, name, schema, made)))
  },
})

export const removeCustomType = defineRoute({
  method: 'DELETE',
  path: '/api/v1/custom-resources/:resourceType',
  tag: 'custom resources',
  summary: 'Remove a type of custom resources with all its objects',
  permission: anyOf('Admin'),
  answer: messageSchema,
  async handle(deps, call) {
    const { resourceType } = call.params
    const count = await deps.store.write((writer) => removeType(writer, resourceType))
    deps.objectChecks.forget(resourceType)
    return { message: `the custom type ${resourceType} and ${count} of its objects are removed` }
  },
})
