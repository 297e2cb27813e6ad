import { OakError, toOakError } from '@oakestra/base'
import { z } from 'zod'
import { isAdmin } from '../../accounts/actor.ts'
import { type CustomObject, customObjects, ofOwner, ofType } from '../../custom-resources/custom-resource.ts'
import { matches } from '../../custom-resources/filter.ts'
import { mergeBody, withoutOurs } from '../../custom-resources/merge-body.ts'
import { createObject, findObject, maySee, replaceObject } from '../../custom-resources/operations-objects.ts'
import { findType } from '../../custom-resources/operations-types.ts'
import type { Answered } from '../answered.ts'
import type { ApiContext } from '../deps.ts'
import { refusal } from '../errors.ts'
import { beforeCustomObject, beforeCustomObjectChange, beforeCustomObjectRemoval } from '../hooks/before-custom-objects.ts'
import { answerPage } from '../paging/page.ts'
import { pageParameters } from '../paging/page-query.ts'
import { pageOfScan } from '../paging/scan.ts'
import { SIGNED_IN } from '../permission.ts'
import { type Call, defineRoute } from '../route.ts'
import { requireVersion } from '../versions/version.ts'
import { answerObject, customObjectSchema, objectBody, objectView } from './shapes.ts'

/** Filters of one list: each costs a look at every object. */
const FILTERS_MAX = 16

const texts = z.union([z.string(), z.array(z.string())])
const filterQuery = z.object(pageParameters).catchall(texts)

export const listCustomObjects = defineRoute({
  method: 'GET',
  path: '/api/v1/custom-resources/:resourceType',
  tag: 'custom resources',
  summary: 'List the objects of a custom type',
  description:
    'Those of the caller; for Admins, everybody’s. Every query parameter but `limit` and `cursor` is a filter: `?color=red&spec.size=3`. ' +
    'Texts are compared by the type of what is stored; one parameter several times means any of the values.',
  permission: SIGNED_IN,
  query: filterQuery,
  answer: z.array(customObjectSchema),
  async handle(deps, call) {
    const { limit, cursor, ...rest } = call.query
    const filter = new Map(Object.entries(rest).map(([path, wanted]) => [path, [wanted].flat()]))
    if (filter.size > FILTERS_MAX) throw new OakError('bad-request', `a list has at most ${FILTERS_MAX} filters`)
    const page = await deps.store.read(async (reader) => {
      const { name } = await findType(reader, call.params.resourceType)
      const line = isAdmin(call.actor) ? { index: 'all', prefix: ofType(name) } : { index: 'mine', prefix: ofOwner(name, call.actor.name) }
      return pageOfScan(
        reader,
        { collection: customObjects, ...line },
        { limit, cursor },
        (object) => maySee(call.actor, object) && matches(object.body, filter),
      )
    })
    return answerPage(page, page.items.map(objectView))
  },
})

export const createCustomObject = defineRoute({
  method: 'POST',
  path: '/api/v1/custom-resources/:resourceType',
  tag: 'custom resources',
  summary: 'Make an object of a custom type',
  permission: SIGNED_IN,
  body: objectBody,
  answer: customObjectSchema,
  before: beforeCustomObject,
  async handle(deps, call) {
    const checked = await check(deps, call.params.resourceType, withoutOurs(call.body))
    const made = { id: deps.ids.next(), nowMs: deps.clock.wallMs() }
    return answerObject(await deps.store.write((writer) => createObject(writer, call.actor, checked, made)))
  },
})

export const getCustomObject = defineRoute({
  method: 'GET',
  path: '/api/v1/custom-resources/:resourceType/:objectId',
  tag: 'custom resources',
  summary: 'Show an object of a custom type',
  permission: SIGNED_IN,
  answer: customObjectSchema,
  handle: async (deps, call) => answerObject(await read(deps, call)),
})

export const changeCustomObject = defineRoute({
  method: 'PATCH',
  path: '/api/v1/custom-resources/:resourceType/:objectId',
  tag: 'custom resources',
  summary: 'Change members of an object of a custom type',
  description: 'What is not named stays, `null` takes a member away. The whole object that comes of it has to meet the schema.',
  permission: SIGNED_IN,
  body: objectBody,
  ifMatch: true,
  answer: customObjectSchema,
  before: beforeCustomObjectChange,
  handle: (deps, call) => change(deps, call, (before) => mergeBody(before.body, call.body)),
})

export const replaceCustomObject = defineRoute({
  method: 'PUT',
  path: '/api/v1/custom-resources/:resourceType/:objectId',
  tag: 'custom resources',
  summary: 'Replace an object of a custom type',
  permission: SIGNED_IN,
  body: objectBody,
  ifMatch: true,
  answer: customObjectSchema,
  before: beforeCustomObjectChange,
  handle: (deps, call) => change(deps, call, () => withoutOurs(call.body)),
})

export const removeCustomObject = defineRoute({
  method: 'DELETE',
  path: '/api/v1/custom-resources/:resourceType/:objectId',
  tag: 'custom resources',
  summary: 'Remove an object of a custom type',
  permission: SIGNED_IN,
  ifMatch: true,
  answer: z.object({ _id: z.string() }).meta({ id: 'RemovedCustomObject' }),
  before: beforeCustomObjectRemoval,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const { resourceType, objectId } = call.params
      const { version } = await findObject(writer, call.actor, resourceType, objectId)
      requireVersion(call.ifMatch, String(version), `this ${resourceType}`)
      await writer.remove(customObjects, objectId)
      return { _id: objectId }
    }),
})

type ObjectCall = Pick<Call<'/:resourceType/:objectId', unknown, unknown>, 'actor' | 'params' | 'ifMatch'>

function read(deps: ApiContext, { actor, params }: ObjectCall): Promise<CustomObject> {
  return deps.store.read((reader) => findObject(reader, actor, params.resourceType, params.objectId))
}

/** How often a change that names no version is made anew when somebody else was quicker. */
const TRIES = 4

type Change = (before: CustomObject) => CustomObject['body']

async function change(deps: ApiContext, call: ObjectCall, next: Change): Promise<Answered> {
  for (let tried = 1; ; tried += 1) {
    try {
      return answerObject(await changeOnce(deps, call, next))
    } catch (thrown) {
      const isRace = toOakError(thrown).code === 'conflict' && call.ifMatch === undefined
      if (!isRace || tried === TRIES) throw thrown
    }
  }
}

/** Checks outside of the transaction and compares inside: a schema may take its time, a store may not. */
async function changeOnce(deps: ApiContext, call: ObjectCall, next: Change): Promise<CustomObject> {
  const before = await read(deps, call)
  requireVersion(call.ifMatch, String(before.version), `this ${before.type}`)
  const checked = await check(deps, before.type, next(before))
  return deps.store.write((writer) => replaceObject(writer, call.actor, before, checked))
}

/** @throws OakError `not-found`; `bad-request` with everything that is wrong with the object */
async function check(deps: ApiContext, typeName: string, body: CustomObject['body']) {
  const type = await deps.store.read((reader) => findType(reader, typeName))
  const violations = (await deps.objectChecks.of(type))(body)
  if (violations.length > 0) throw refusal(violations)
  return { type, body }
}
