import { withoutOurs } from '../../custom-resources/merge-body.ts'
import { findObject } from '../../custom-resources/operations-objects.ts'
import { findType } from '../../custom-resources/operations-types.ts'
import { isJson } from '../../hooks/merge-answer.ts'
import type { ApiContext } from '../deps.ts'
import type { BeforeHandling, Call } from '../route.ts'
import { askerOf, wants } from './ask-hooks.ts'

type AnyCall = Call<string, unknown, unknown>

export const beforeCustomObject: BeforeHandling = async (deps, { params }, json) => {
  const { resourceType: kind } = names(params)
  if (!wants(deps, 'pre_create', kind) || !isJson(json)) return json
  await deps.store.read((reader) => findType(reader, kind))
  return askerOf(deps)('pre_create', { kind }, withoutOurs(json), {})
}

export const beforeCustomObjectChange: BeforeHandling = async (deps, call, json) => {
  const { resourceType: kind, objectId: id } = names(call.params)
  if (!wants(deps, 'pre_update', kind) || !isJson(json)) return json
  await owned(deps, call)
  return askerOf(deps)('pre_update', { kind, id }, withoutOurs(json), { _id: id })
}

export const beforeCustomObjectRemoval: BeforeHandling = async (deps, call, json) => {
  const { resourceType: kind, objectId: id } = names(call.params)
  if (!wants(deps, 'pre_delete', kind)) return json
  const { body } = await owned(deps, call)
  await askerOf(deps)('pre_delete', { kind, id }, body, { _id: id })
  return json
}

function owned(deps: ApiContext, { actor, params }: AnyCall) {
  const { resourceType, objectId } = names(params)
  return deps.store.read((reader) => findObject(reader, actor, resourceType, objectId))
}

function names(params: object): { readonly resourceType: string; readonly objectId: string } {
  const { resourceType = '', objectId = '' } = params as Readonly<Record<string, string>>
  return { resourceType, objectId }
}
