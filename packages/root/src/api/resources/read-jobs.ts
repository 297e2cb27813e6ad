import { OakError } from '@oakestra/base'
import type { Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { wireServiceSchema } from '@oakestra/wire'
import { z } from 'zod'
import type { Actor } from '../../accounts/actor.ts'
import { instancesOf, ownApplication, ownService } from '../../state/operations-ownership.ts'
import { answerPage, type Page, pageOf } from '../paging/page.ts'
import { type PageQuery, pageParameters } from '../paging/page-query.ts'
import { pageOfApplicationServices, pageOfServices } from '../paging/visible-services.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { instanceNumber } from '../services/instance-number.ts'
import { answerVersioned } from '../versions/version.ts'
import { requireIdForm } from './candidates.ts'
import { jobsNamed, jobView } from './find-job.ts'

const TAG = 'resource abstractor'

interface JobsQuery extends PageQuery {
  readonly applicationID?: string | undefined
  readonly job_name?: string | undefined
}

const query = z.object({ ...pageParameters, applicationID: z.string().optional(), job_name: z.string().optional() })

export const listJobs = defineRoute({
  method: 'GET',
  path: '/api/v1/jobs',
  tag: TAG,
  summary: 'List the services the caller may see',
  permission: SIGNED_IN,
  query,
  answer: z.array(wireServiceSchema),
  handle: (deps, call) =>
    deps.store.read(async (reader) => {
      const page = await pageOfJobs(reader, call.actor, call.query)
      const views = []
      for (const service of page.items) views.push(await jobView(reader, service, deps))
      return answerPage(page, views)
    }),
})

async function pageOfJobs(reader: Reader, actor: Actor, query: JobsQuery): Promise<Page<Service>> {
  const { applicationID, job_name } = query
  if (job_name !== undefined) {
    const named = await jobsNamed(reader, actor, job_name)
    return pageOf(
      named.filter((service) => (applicationID ?? service.applicationId) === service.applicationId),
      query,
      ({ id }) => id,
    )
  }
  if (applicationID === undefined) return pageOfServices(reader, actor, query)
  await ownApplication(reader, actor, applicationID, 'read')
  return pageOfApplicationServices(reader, applicationID, query)
}

export const getJob = defineRoute({
  method: 'GET',
  path: '/api/v1/jobs/:serviceId',
  tag: TAG,
  summary: 'Show a service; with `instance_number`, one of its instances only',
  permission: SIGNED_IN,
  query: z.object({ instance_number: z.string().optional() }),
  answer: wireServiceSchema,
  async handle(deps, call) {
    const { serviceId } = call.params
    requireIdForm(serviceId)
    const { instance_number: number } = call.query
    return deps.store.read(async (reader) => {
      const service = await ownService(reader, call.actor, serviceId, 'read')
      if (number !== undefined) return jobWithInstance(reader, service, number, deps)
      return answerVersioned(await jobView(reader, service, deps))
    })
  },
})

export const getJobInstance = defineRoute({
  method: 'GET',
  path: '/api/v1/jobs/:serviceId/:instanceNumber',
  tag: TAG,
  summary: 'Show a service with one of its instances only',
  permission: SIGNED_IN,
  answer: wireServiceSchema,
  handle: (deps, call) =>
    deps.store.read(async (reader) => {
      const service = await ownService(reader, call.actor, call.params.serviceId, 'read')
      return jobWithInstance(reader, service, call.params.instanceNumber, deps)
    }),
})

async function jobWithInstance(reader: Reader, service: Service, word: string, deps: Parameters<typeof jobView>[2]) {
  const number = instanceNumber(word, 0)
  const all = await instancesOf(reader, service.id)
  if (!all.some((instance) => instance.number === number && !instance.removing)) {
    throw new OakError('not-found', `service ${service.descriptor.name} has no instance ${number}`)
  }
  return jobView(reader, service, deps, (each) => each === number)
}
