import { OakError } from '@oakestra/base'
import type { Reader, Writer } from '@oakestra/store'
import { CUSTOM_LIMITS, type CustomType, customObjects, customTypes, type SchemaDocument } from './custom-resource.ts'

/**
 * Defines a type. Whether its schema can be compiled is for the caller to find out before.
 * @throws OakError `conflict` there is one of this name; `resource-exhausted`
 */
export async function defineType(
  writer: Writer,
  name: string,
  schema: SchemaDocument,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): Promise<CustomType> {
  if (await writer.get(customTypes, name)) throw new OakError('conflict', `there is a custom type ${name} already`)
  if ((await writer.count(customTypes)) >= CUSTOM_LIMITS.types) {
    throw new OakError('resource-exhausted', `there are ${CUSTOM_LIMITS.types} custom types already`)
  }
  const type: CustomType = { id, name, schema, createdAtMs: nowMs }
  await writer.put(customTypes, type)
  return type
}

/** Removes a type with all its objects. @throws OakError `not-found` */
export async function removeType(writer: Writer, name: string): Promise<number> {
  await findType(writer, name)
  const objects = await writer.list(customObjects, { index: 'type', equals: name })
  for (const { id } of objects) await writer.remove(customObjects, id)
  await writer.remove(customTypes, name)
  return objects.length
}

/** @throws OakError `not-found` */
export async function findType(reader: Reader, name: string): Promise<CustomType> {
  const type = await reader.get(customTypes, name)
  if (!type) throw new OakError('not-found', `there is no custom type ${JSON.stringify(name.slice(0, 40))}`)
  return type
}
