import { isRecord } from '../../client/answers.ts'
import type { OakClient } from '../../client/client.ts'
import type { ApplicationView, ServiceView } from '../../client/types.ts'
import { type CliContext, openClient } from '../context.ts'
import { printNotes, readDescriptor } from '../descriptor.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { type Options, printResult, type WaitingOptions } from '../options.ts'
import { waitForService } from '../wait.ts'

export interface CreateOptions extends WaitingOptions {
  readonly file?: string
  readonly deploy?: boolean
}

export async function createApplication(context: CliContext, word: string | undefined, options: Options<CreateOptions>): Promise<void> {
  const path = options.file ?? word
  if (path === undefined) throw new CliFailure(EXIT.usage, 'no descriptor was named', 'name the file: oak app create -f FILE')
  const descriptor = readDescriptor(path)
  const client = await openClient(context, options)
  const created = await create(client, descriptor)
  for (const { application_name: name, microservices, notes } of created) {
    context.output.talk(`Created ${name} with ${microservices?.length ?? 0} service(s).`)
    printNotes(context, notes ?? [])
  }
  const services = options.deploy || options.wait ? await deployAll(context, client, created, options) : []
  const result =
    services.length > 0 ? created.map((application) => ({ ...application, services: servicesOf(application, services) })) : created
  printResult(context, options.json, result, () => created.map((application) => application.applicationID))
  if (services.length === 0) context.output.talk(nextStep(descriptor))
}

/** Services that say how many instances they have need nobody to deploy them. */
function nextStep(descriptor: unknown): string {
  const services = applicationsIn(descriptor).flatMap(({ microservices }) =>
    Array.isArray(microservices) ? microservices.filter(isRecord) : [],
  )
  const areDeclared = services.length > 0 && services.every(({ replicas }) => typeof replicas === 'number')
  return areDeclared ? 'See how far its services are with: oak service list' : 'Deploy its services with: oak service deploy NAME'
}

/** Posts the descriptor. The answer holds every application of the user; those of the descriptor are picked out by name. */
async function create(client: OakClient, descriptor: unknown): Promise<readonly ApplicationView[]> {
  const wanted = applicationNames(descriptor)
  const all = await client.createApplications(descriptor)
  return all.filter((application) => wanted.has(`${application.application_name}.${application.application_namespace}`))
}

function applicationNames(descriptor: unknown): ReadonlySet<string> {
  return new Set(applicationsIn(descriptor).map((entry) => `${entry['application_name']}.${entry['application_namespace']}`))
}

function applicationsIn(descriptor: unknown): readonly Readonly<Record<string, unknown>>[] {
  const list = isRecord(descriptor) ? descriptor['applications'] : undefined
  return Array.isArray(list) ? list.filter(isRecord) : []
}

async function deployAll(
  context: CliContext,
  client: OakClient,
  applications: readonly ApplicationView[],
  options: Options<CreateOptions>,
): Promise<readonly ServiceView[]> {
  const services: ServiceView[] = []
  for (const application of applications) services.push(...inOrder(application, await client.services(application.applicationID)))
  for (const service of services) {
    // What says how many instances it has is on its way already; one more would be one too many.
    if (typeof service.replicas === 'number') continue
    await client.deploy(service.microserviceID)
    context.output.talk(`Asked for an instance of ${service.microservice_name}.`)
  }
  if (!options.wait) return services
  const arrived: ServiceView[] = []
  for (const service of services) {
    arrived.push(await waitForService({ ...context, client, timeoutMs: options.timeout }, service, service.replicas ?? undefined))
  }
  return arrived
}

/** As the descriptor has them: what comes first there is often what the others ask for. */
function inOrder(application: ApplicationView, services: readonly ServiceView[]): readonly ServiceView[] {
  const position = (service: ServiceView) => application.microservices?.indexOf(service.microserviceID) ?? 0
  return [...services].sort((a, b) => position(a) - position(b))
}

function servicesOf(application: ApplicationView, services: readonly ServiceView[]): readonly ServiceView[] {
  return services.filter((service) => service.applicationID === application.applicationID)
}
