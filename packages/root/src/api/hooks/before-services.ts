import { jobName, type Service } from '@oakestra/model'
import { toWireApplication, toWireService } from '@oakestra/wire'
import type { PreEvent } from '../../hooks/hook.ts'
import { isJson, type Json } from '../../hooks/merge-answer.ts'
import { ownApplication, ownService, servicesOf } from '../../state/operations-ownership.ts'
import type { ApiContext } from '../deps.ts'
import type { BeforeHandling, Call } from '../route.ts'
import { serviceViews } from '../views/service-views.ts'
import { askerOf, wants } from './ask-hooks.ts'
import { mapServices } from './before-documents.ts'

type AnyCall = Call<string, unknown, unknown>

/** Asks about an application that is to be deleted, but not about each of its services. */
export const beforeApplicationRemoval: BeforeHandling = async (deps, { actor, params }, json) => {
  if (!wants(deps, 'pre_delete', 'applications')) return json
  const id = parameter(params, 'applicationId')
  const view = await deps.store.read(async (reader) => {
    const application = await ownApplication(reader, actor, id)
    return toWireApplication(
      application,
      (await servicesOf(reader, id)).map((service) => service.id),
    )
  })
  await askerOf(deps)('pre_delete', { kind: 'applications', id }, view, { _id: id })
  return json
}

/** Asks about a change of an application: what is named in the body. */
export const beforeApplicationChange: BeforeHandling = async (deps, { actor, params }, json) => {
  if (!wants(deps, 'pre_update', 'applications') || !isJson(json)) return json
  const id = parameter(params, 'applicationId')
  await deps.store.read((reader) => ownApplication(reader, actor, id))
  return askerOf(deps)('pre_update', { kind: 'applications', id }, json, { _id: id, applicationID: id })
}

/** Asks about a descriptor that replaces that of a service. */
export const beforeServiceReplacement: BeforeHandling = async (deps, call, json) => {
  if (!wants(deps, 'pre_update', 'services')) return json
  const service = await owned(deps, call)
  const ask = askerOf(deps)
  return mapServices(json, async (document) => {
    const name = document['microservice_name']
    if (typeof name === 'string' && name !== service.descriptor.name) return document
    return ask('pre_update', { kind: 'services', id: service.id }, document, identityOf(service))
  })
}

/** Asks about any other change of a service: what is named in the body. */
export const beforeServiceChange: BeforeHandling = async (deps, call, json) => {
  if (!wants(deps, 'pre_update', 'services')) return json
  const service = await owned(deps, call)
  const document = isJson(json) ? json : {}
  const asked = await askerOf(deps)('pre_update', { kind: 'services', id: service.id }, document, identityOf(service))
  return asked === document ? json : asked
}

export const beforeServiceRemoval: BeforeHandling = (deps, call, json) => aboutService(deps, call, json, 'pre_delete', 'services')

/** A hook may refuse one more instance; which number it gets is no hook's to say. */
export const beforeInstance: BeforeHandling = (deps, call, json) => aboutService(deps, call, json, 'pre_create', 'instances')

export const beforeInstanceRemoval: BeforeHandling = (deps, call, json) => aboutInstance(deps, call, json, 'pre_delete')

/** Before it is moved, or started again. */
export const beforeInstanceChange: BeforeHandling = (deps, call, json) => aboutInstance(deps, call, json, 'pre_update')

/** Tells of a whole service, and takes only yes or no. */
async function aboutService(
  deps: ApiContext,
  call: AnyCall,
  json: unknown,
  event: PreEvent,
  kind: 'services' | 'instances',
): Promise<unknown> {
  if (!wants(deps, event, kind)) return json
  const service = await owned(deps, call)
  const [view] = await deps.store.read((reader) => serviceViews(reader, [service], deps))
  await askerOf(deps)(
    event,
    { kind, [kind === 'services' ? 'id' : 'serviceId']: service.id },
    view ? toWireService(view) : {},
    identityOf(service),
  )
  return json
}

async function aboutInstance(deps: ApiContext, call: AnyCall, json: unknown, event: PreEvent): Promise<unknown> {
  if (!wants(deps, event, 'instances')) return json
  const service = await owned(deps, call)
  const number = Number(parameter(call.params, 'instanceNumber'))
  const document = isJson(json) ? json : {}
  const subject = { kind: 'instances', serviceId: service.id, instanceNumber: number }
  const asked = await askerOf(deps)(event, subject, document, { ...identityOf(service), instance_number: number })
  return asked === document ? json : asked
}

/** Nobody learns of services, by way of a hook, that do not exist for him. */
function owned(deps: ApiContext, { actor, params }: AnyCall): Promise<Service> {
  return deps.store.read((reader) => ownService(reader, actor, parameter(params, 'serviceId')))
}

function identityOf(service: Service): Json {
  return { _id: service.id, microserviceID: service.id, applicationID: service.applicationId, job_name: jobName(service) }
}

function parameter(params: AnyCall['params'], name: string): string {
  return (params as Readonly<Record<string, string>>)[name] ?? ''
}
