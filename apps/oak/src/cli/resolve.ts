import type { OakClient } from '../client/client.ts'
import type { ApplicationView, ClusterView, InstanceView, NodeView, ServiceView } from '../client/types.ts'
import { CliFailure, EXIT } from './failure.ts'
import type { LocalService } from './local/local-client.ts'
import { didYouMean } from './suggest.ts'

interface Kind<T> {
  readonly noun: string
  readonly listCommand: string
  readonly id: (item: T) => string
  /** Everything a person may call it, the usual name first. */
  readonly names: (item: T) => readonly string[]
}

const APPLICATION: Kind<ApplicationView> = {
  noun: 'application',
  listCommand: 'oak app list',
  id: (item) => item.applicationID,
  names: (item) => [item.application_name, `${item.application_name}.${item.application_namespace}`],
}

const SERVICE: Kind<ServiceView> = {
  noun: 'service',
  listCommand: 'oak service list',
  id: (item) => item.microserviceID,
  names: (item) => [
    item.microservice_name,
    `${applicationNameOf(item)}.${item.microservice_name}`,
    `${applicationNameOf(item)}/${item.microservice_name}`,
    item.job_name ?? '',
  ],
}

const CLUSTER: Kind<ClusterView> = {
  noun: 'cluster',
  listCommand: 'oak cluster list',
  id: (item) => item._id,
  names: (item) => [item.cluster_name],
}

const NODE: Kind<NodeView> = {
  noun: 'node',
  listCommand: 'oak node list',
  id: (item) => item.id,
  names: (item) => [
    item.name,
    `${item.cluster_name ?? item.cluster_id}.${item.name}`,
    `${item.cluster_name ?? item.cluster_id}/${item.name}`,
  ],
}

const LOCAL_SERVICE: Kind<LocalService> = {
  noun: 'service',
  listCommand: 'oak local list',
  id: (item) => item.id,
  // `application.namespace.service.namespace`
  names: ({ name }) => {
    const [application = '', , service = ''] = name.split('.')
    return [service, `${application}.${service}`, `${application}/${service}`, name]
  },
}

/** A name that works in a command whatever other applications call their services. */
export function qualifiedName(service: ServiceView): string {
  const application = applicationNameOf(service)
  return application ? `${application}.${service.microservice_name}` : service.microservice_name
}

export function applicationNameOf(service: ServiceView): string {
  return service.application_name ?? service.app_name ?? ''
}

/** Each finds by id or by name. @throws CliFailure `notFound` with what may have been meant, `usage` when several match */
export async function findApplication(client: OakClient, word: string): Promise<ApplicationView> {
  return choose(APPLICATION, await client.applications(), word)
}

export async function findService(client: OakClient, word: string): Promise<ServiceView> {
  return choose(SERVICE, await client.services(), word)
}

export async function findCluster(client: OakClient, word: string): Promise<ClusterView> {
  return choose(CLUSTER, await client.clusters(), word)
}

export async function findNode(client: OakClient, word: string): Promise<NodeView> {
  return choose(NODE, await client.nodes(), word)
}

/** One of those a cluster knows. */
export function findLocalService(services: readonly LocalService[], word: string): LocalService {
  return choose(LOCAL_SERVICE, services, word)
}

/** The instance with this number, or the only one when none was named. */
export function findInstance(service: ServiceView, number: number | undefined): InstanceView {
  const instances = service.instance_list ?? []
  const numbers = instances.map((instance) => instance.instance_number)
  if (number === undefined && instances.length > 1) {
    throw new CliFailure(EXIT.usage, `${service.microservice_name} has instances ${numbers.join(', ')}; say which`)
  }
  const found = number === undefined ? instances[0] : instances.find((instance) => instance.instance_number === number)
  if (found) return found
  const name = service.microservice_name
  if (instances.length === 0) throw new CliFailure(EXIT.notFound, `${name} has no instance`, `deploy one with: oak service deploy ${name}`)
  throw new CliFailure(EXIT.notFound, `${name} has no instance ${number}`, `it has: ${numbers.join(', ')}`)
}

function choose<T>(kind: Kind<T>, items: readonly T[], word: string): T {
  const byId = items.find((item) => kind.id(item) === word)
  if (byId) return byId
  const matches = items.filter((item) => kind.names(item).includes(word))
  const [first, ...others] = matches
  if (first === undefined) throw missing(kind, items, word)
  if (others.length > 0) throw ambiguous(kind, matches, word)
  return first
}

function missing<T>(kind: Kind<T>, items: readonly T[], word: string): CliFailure {
  const known = items.map((item) => kind.names(item)[0] ?? '')
  return new CliFailure(
    EXIT.notFound,
    `there is no ${kind.noun} "${word}"`,
    didYouMean(word, known) ?? `see what there is with: ${kind.listCommand}`,
  )
}

function ambiguous<T>(kind: Kind<T>, matches: readonly T[], word: string): CliFailure {
  const choices = matches.map((item) => `  ${kind.id(item)}  ${kind.names(item).at(1) ?? ''}`).join('\n')
  return new CliFailure(EXIT.usage, `${matches.length} ${kind.noun}s are called "${word}":\n${choices}`, 'use the id or the longer name')
}
