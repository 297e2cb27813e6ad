import { OakError } from '@oakestra/base'
import type { Reader, Writer } from '@oakestra/store'
import { type Actor, isAdmin } from '../accounts/actor.ts'
import { CUSTOM_LIMITS, type CustomObject, type CustomType, customObjects } from './custom-resource.ts'
import { findType } from './operations-types.ts'

/** Of a change that was checked outside of the transaction that makes it. */
interface Checked {
  /** The type that the object was checked against. */
  readonly type: CustomType
  readonly body: CustomObject['body']
}

/**
 * Stores a new object.
 * @throws OakError `not-found`, `conflict` the type changed meanwhile; `resource-exhausted`
 */
export async function createObject(
  writer: Writer,
  actor: Actor,
  { type, body }: Checked,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): Promise<CustomObject> {
  await requireSameType(writer, type)
  await requireRoom(writer, actor, type.name)
  const object: CustomObject = { id, type: type.name, owner: actor.name, version: 1, body, createdAtMs: nowMs }
  await writer.put(customObjects, object)
  return object
}

/**
 * Stores what an object becomes; the same content makes no new version.
 * @param before what the change was made from
 * @throws OakError `not-found`; `conflict` object or type changed meanwhile
 */
export async function replaceObject(writer: Writer, actor: Actor, before: CustomObject, { type, body }: Checked): Promise<CustomObject> {
  await requireSameType(writer, type)
  const kept = await findObject(writer, actor, before.type, before.id)
  if (kept.version !== before.version) throw changedMeanwhile(kept)
  const object = { ...kept, version: kept.version + 1, body }
  await writer.put(customObjects, object)
  return object
}

/** @throws OakError `not-found`, also for what belongs to somebody else */
export async function findObject(reader: Reader, actor: Actor, type: string, id: string): Promise<CustomObject> {
  await findType(reader, type)
  const object = await reader.get(customObjects, id)
  if (!object || object.type !== type || !maySee(actor, object)) {
    throw new OakError('not-found', `there is no ${type} ${JSON.stringify(id.slice(0, 40))}`)
  }
  return object
}

/** Objects belong to who made them; Admins see all of them. */
export function maySee(actor: Actor, { owner }: CustomObject): boolean {
  return isAdmin(actor) || owner === actor.name
}

function changedMeanwhile({ type, version }: CustomObject): OakError {
  return new OakError('conflict', `this ${type} was changed meanwhile: read it again, and decide whether your change still stands`, {
    details: { version: String(version) },
  })
}

async function requireSameType(reader: Reader, { id, name }: CustomType): Promise<void> {
  const type = await findType(reader, name)
  if (type.id !== id) throw new OakError('conflict', `the custom type ${name} was defined anew meanwhile`)
}

async function requireRoom(reader: Reader, actor: Actor, type: string): Promise<void> {
  const { objectsPerType, objectsPerOwner } = CUSTOM_LIMITS
  if ((await reader.count(customObjects, { index: 'type', equals: type })) >= objectsPerType) {
    throw new OakError('resource-exhausted', `there are ${objectsPerType} objects of the type ${type} already`)
  }
  if (isAdmin(actor) || (await reader.count(customObjects, { index: 'owner', equals: actor.name })) < objectsPerOwner) return
  throw new OakError('resource-exhausted', `you have ${objectsPerOwner} custom objects already`)
}
