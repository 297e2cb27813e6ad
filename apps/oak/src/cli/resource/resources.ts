import type { Api } from '@oakestra/api-client'
import { told } from '../../client/answers.ts'
import { type CliContext, openApi } from '../context.ts'
import { readDescriptor } from '../descriptor.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { confirm, type Options, printResult } from '../options.ts'
import { renderTable } from '../table.ts'

export interface FileOptions {
  readonly file: string
}

export interface YesOptions {
  readonly yes?: boolean
}

interface ObjectName {
  readonly type: string
  readonly id: string
}

export async function listTypes(context: CliContext, options: Options): Promise<void> {
  const api = await openApi(context, options)
  const types = await told('cannot list custom types', api.call('GET /api/v1/custom-resources'))
  printResult(context, options.json, types, () =>
    renderTable(types, [
      { title: 'TYPE', value: (row) => row.resource_type },
      { title: 'ID', value: (row) => row._id },
    ]),
  )
}

export async function defineType(context: CliContext, name: string, options: Options<FileOptions>): Promise<void> {
  const api = await openApi(context, options)
  // Root says whether it is a schema.
  const schema = readDescriptor(options.file) as Api.CustomTypeDefinition['schema']
  await told('the schema was refused', api.call('POST /api/v1/custom-resources', { body: { resource_type: name, schema } }))
  context.output.talk(`Defined ${name}.`)
}

export async function removeType(context: CliContext, name: string, options: Options<YesOptions>): Promise<void> {
  const api = await openApi(context, options)
  await confirm(context, options.yes, `This removes the custom type ${name} and everything of it.`)
  const { message } = await told('cannot remove the type', api.call('DELETE /api/v1/custom-resources/{resourceType}', ofType(name)))
  context.output.talk(`${message}.`)
}

export async function listObjects(context: CliContext, type: string, filters: readonly string[], options: Options): Promise<void> {
  const api = await openApi(context, options)
  const query = Object.fromEntries(filters.map(filterOf))
  const objects = await told('cannot list them', api.call('GET /api/v1/custom-resources/{resourceType}', { ...ofType(type), query }))
  printResult(context, options.json, objects, () =>
    renderTable(objects, [
      { title: 'ID', value: (row) => row._id },
      { title: 'OWNER', value: (row) => row._owner },
      { title: 'VERSION', value: (row) => row._version },
      { title: 'OBJECT', value: ({ _id, _owner, _version, ...body }) => JSON.stringify(body) },
    ]),
  )
}

function filterOf(word: string): readonly [string, string] {
  const at = word.indexOf('=')
  if (at < 1) throw new CliFailure(EXIT.usage, `a filter reads member=value, not ${word}`)
  return [word.slice(0, at), word.slice(at + 1)]
}

export async function createObject(context: CliContext, type: string, options: Options<FileOptions>): Promise<void> {
  const api = await openApi(context, options)
  const body = readDescriptor(options.file) as Api.CustomObjectBody
  const made = await told('the object was refused', api.call('POST /api/v1/custom-resources/{resourceType}', { ...ofType(type), body }))
  printResult(context, options.json, made, () => [made._id])
}

export async function inspectObject(context: CliContext, name: ObjectName, options: Options): Promise<void> {
  const api = await openApi(context, options)
  const found = await told('cannot read it', api.call('GET /api/v1/custom-resources/{resourceType}/{objectId}', ofObject(name)))
  context.output.result(JSON.stringify(found, undefined, 2))
}

export async function updateObject(context: CliContext, name: ObjectName, options: Options<FileOptions>): Promise<void> {
  const api = await openApi(context, options)
  const body = readDescriptor(options.file) as Api.CustomObjectBody
  const changed = await told(
    'the change was refused',
    api.call('PATCH /api/v1/custom-resources/{resourceType}/{objectId}', { ...ofObject(name), body }),
  )
  context.output.talk(`${name.type} ${name.id} has version ${changed._version}.`)
}

export async function deleteObject(context: CliContext, name: ObjectName, options: Options): Promise<void> {
  const api = await openApi(context, options)
  await told('cannot remove it', api.call('DELETE /api/v1/custom-resources/{resourceType}/{objectId}', ofObject(name)))
  context.output.talk(`Removed ${name.type} ${name.id}.`)
}

function ofType(resourceType: string) {
  return { params: { resourceType } }
}

function ofObject({ type, id }: ObjectName) {
  return { params: { resourceType: type, objectId: id } }
}
