import type { Service } from '@oakestra/model'
import type { Writer } from '@oakestra/store'
import { serviceVersion, wireServiceSchema } from '@oakestra/wire'
import { z } from 'zod'
import type { Actor } from '../../accounts/actor.ts'
import { isJson, mergeAnswer } from '../../hooks/merge-answer.ts'
import { ownService } from '../../state/operations-ownership.ts'
import { addServices, deleteService } from '../../state/operations-services.ts'
import { updateService, updateViolations } from '../../state/operations-updates.ts'
import { schemaBody, servicesBody } from '../bodies.ts'
import type { ApiContext } from '../deps.ts'
import { refusal } from '../errors.ts'
import { askerOf, wants } from '../hooks/ask-hooks.ts'
import { beforeServiceChange, beforeServiceRemoval } from '../hooks/before-services.ts'
import { contextOf } from '../operation-context.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { type BeforeHandling, defineRoute } from '../route.ts'
import { guardService } from '../versions/guards.ts'
import { answerVersioned } from '../versions/version.ts'
import { applicationFor, jobView, ownJob } from './find-job.ts'
import { descriptorIn, type JobRequest, jobBody, observedIn } from './job-body.ts'
import { notAllowed } from './not-here.ts'

const TAG = 'resource abstractor'

/** Asks about a job that is made, or changed when there is one of its name. */
const beforeJob: BeforeHandling = async (deps, { actor, body }, json) => {
  if (!wants(deps, 'pre_create', 'services') && !wants(deps, 'pre_update', 'services')) return json
  if (!isJson(json)) return json
  const known = await deps.store.read((reader) => ownJob(reader, actor, body as JobRequest))
  const ask = askerOf(deps)
  return known
    ? ask('pre_update', { kind: 'services', id: known.id }, json, { _id: known.id, microserviceID: known.id })
    : ask('pre_create', { kind: 'services' }, json, {})
}

export const createJob = defineRoute({
  method: 'POST',
  path: '/api/v1/jobs',
  tag: TAG,
  summary: 'Add a service to an application',
  description: 'The application is named by applicationID, or by app_name and app_ns.',
  permission: RUNS_APPLICATIONS,
  body: jobBody,
  answer: wireServiceSchema,
  before: beforeJob,
  handle: (deps, call) =>
    deps.store.write(async (writer) => answerVersioned(await jobView(writer, await add(writer, call.actor, call.body, deps), deps))),
})

export const putJob = defineRoute({
  method: 'PUT',
  path: '/api/v1/jobs',
  tag: TAG,
  summary: 'Add a service to an application, or change the one of this name',
  permission: RUNS_APPLICATIONS,
  body: jobBody,
  answer: wireServiceSchema,
  before: beforeJob,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const known = await ownJob(writer, call.actor, call.body)
      const service = known ? await update(writer, call.actor, known, call.body, deps) : await add(writer, call.actor, call.body, deps)
      return answerVersioned(await jobView(writer, service, deps))
    }),
})

async function add(writer: Writer, actor: Actor, job: JobRequest, deps: ApiContext): Promise<Service> {
  const { id: applicationId, name, namespace, description } = await applicationFor(writer, actor, job)
  const entry = { applicationId, name, namespace, description, services: [job.descriptor], source: {} }
  const [service] = await addServices(writer, actor, { version: 'v2.0', customerId: '', applications: [entry] }, contextOf(deps))
  if (!service) throw new Error('a document of one service added none')
  return service
}

async function update(writer: Writer, actor: Actor, known: Service, { descriptor }: Pick<JobRequest, 'descriptor'>, deps: ApiContext) {
  const service = await ownService(writer, actor, known.id)
  const violations = updateViolations(service, descriptor, '')
  if (violations.length > 0) throw refusal(violations)
  return updateService(writer, actor, service, descriptor, deps.clock.wallMs())
}

const change = z.looseObject({}, { error: 'members of a service' }).meta({ id: 'JobChange' })

export const changeJob = defineRoute({
  method: 'PATCH',
  path: '/api/v1/jobs/:serviceId',
  tag: TAG,
  summary: 'Change members of the descriptor of a service; what is not named stays',
  description: 'Objects are merged, lists are replaced, `null` takes a member away. The whole descriptor has to be right afterwards.',
  permission: RUNS_APPLICATIONS,
  body: schemaBody(change),
  ifMatch: true,
  answer: wireServiceSchema,
  before: beforeServiceChange,
  async handle(deps, call) {
    const observed = observedIn(call.body)
    if (observed) throw notAllowed(`${observed} is what clusters report: deploy and undeploy instances at /api/service/{id}/instance`)
    const { serviceId } = call.params
    const known = await deps.store.read((reader) => ownService(reader, call.actor, serviceId))
    const merged = mergeAnswer(descriptorIn(known.descriptor.source), descriptorIn(call.body))
    const parsed = await servicesBody.parse(merged, deps)
    if (!parsed.ok) throw refusal(parsed.violations)
    const [documented] = parsed.value
    if (!documented) throw refusal([])
    return deps.store.write(async (writer) => {
      // The change was made from this version, whether or not it was meant for one.
      await guardService(writer, { actor: call.actor, ifMatch: call.ifMatch ?? [serviceVersion(known)] }, serviceId)
      return answerVersioned(await jobView(writer, await update(writer, call.actor, known, documented, deps), deps))
    })
  },
})

export const removeJob = defineRoute({
  method: 'DELETE',
  path: '/api/v1/jobs/:serviceId',
  tag: TAG,
  summary: 'Delete a service and its instances; answers it as it was',
  permission: RUNS_APPLICATIONS,
  ifMatch: true,
  answer: wireServiceSchema,
  before: beforeServiceRemoval,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const { serviceId } = call.params
      await guardService(writer, call, serviceId)
      const view = await jobView(writer, await ownService(writer, call.actor, serviceId), deps)
      await deleteService(writer, call.actor, serviceId, deps.clock.wallMs())
      return view
    }),
})
