import { OakError } from '@oakestra/base'
import { type Application, jobName, type Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { toWireService, type WireService } from '@oakestra/wire'
import type { Actor } from '../../accounts/actor.ts'
import { applicationsOf, ownApplication, servicesOf } from '../../state/operations-ownership.ts'
import type { ApiContext } from '../deps.ts'
import { serviceViews } from '../views/service-views.ts'
import type { JobRequest } from './job-body.ts'

/** Services with this name that the actor may see; users may have the same names, so there may be several. */
export async function jobsNamed(reader: Reader, actor: Actor, name: string): Promise<readonly Service[]> {
  const found: Service[] = []
  for (const application of await applicationsOf(reader, actor, 'visible')) {
    if (!name.startsWith(`${application.name}.${application.namespace}.`)) continue
    found.push(...(await servicesOf(reader, application.id)).filter((service) => jobName(service) === name))
  }
  return found
}

/** The actor's own service that a job means, by its name or by what its name is made of. */
export async function ownJob(reader: Reader, actor: Actor, job: JobRequest): Promise<Service | undefined> {
  const { descriptor, applicationName, applicationNamespace, applicationId } = job
  if (applicationId !== undefined) {
    const services = await servicesOf(reader, (await ownApplication(reader, actor, applicationId)).id)
    return services.find((service) => service.descriptor.name === descriptor.name && service.descriptor.namespace === descriptor.namespace)
  }
  const name = job.jobName ?? [applicationName, applicationNamespace, descriptor.name, descriptor.namespace].join('.')
  const own = new Set((await applicationsOf(reader, actor)).map(({ id }) => id))
  return (await jobsNamed(reader, actor, name)).find((service) => own.has(service.applicationId))
}

/** The application a new job belongs to. @throws OakError `not-found`, `bad-request` when it names none */
export async function applicationFor(reader: Reader, actor: Actor, job: JobRequest): Promise<Application> {
  if (job.applicationId !== undefined) return ownApplication(reader, actor, job.applicationId)
  const [name, namespace] = [job.applicationName ?? job.jobName?.split('.')[0], job.applicationNamespace ?? job.jobName?.split('.')[1]]
  const found = (await applicationsOf(reader, actor)).find((each) => each.name === name && each.namespace === namespace)
  if (!found) throw new OakError('bad-request', 'applicationID: expected the application that the job belongs to')
  return found
}

/** A service in the form of a job, with the instances that `isShown`. */
export async function jobView(
  reader: Reader,
  service: Service,
  deps: ApiContext,
  isShown: (number: number) => boolean = () => true,
): Promise<WireService> {
  const [view] = await serviceViews(reader, [service], deps)
  return toWireService({ service, instances: (view?.instances ?? []).filter(({ instance }) => isShown(instance.number)) })
}
