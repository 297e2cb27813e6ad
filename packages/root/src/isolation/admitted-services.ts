import { isId } from '@oakestra/base'
import { type Application, jobName, type Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { applications, services } from '../state/collections.ts'

/** What the services of an isolated application admit, and what that follows from. */
export interface Admitted {
  /** By service: ids of those whose instances may connect to its instances, in a stable order. */
  readonly byService: ReadonlyMap<string, readonly string[]>
  /** Ids and full names of services of other applications that were asked for: another answer follows from another state of them. */
  readonly named: ReadonlySet<string>
}

/**
 * Who gets in: all services of the application itself, and those of others that the service's own descriptor names. What others declare
 * opens nothing, or everybody could open every door.
 */
export async function admittedServices(reader: Reader, application: Application, own: readonly Service[]): Promise<Admitted> {
  const siblings = own.map(({ id }) => id).sort()
  const byService = new Map<string, readonly string[]>()
  const named = new Set<string>()
  for (const { id, descriptor } of own) {
    const guests: string[] = []
    for (const reference of descriptor.connectivity ?? []) {
      named.add(reference)
      guests.push(...(await servicesCalled(reader, application, reference)))
    }
    byService.set(id, [...siblings, ...[...new Set(guests)].filter((guest) => !siblings.includes(guest)).sort()])
  }
  return { byService, named }
}

/** An id means one service, whoever has it. A name can be taken by anybody, so it means those of the same owner or organization alone. */
async function servicesCalled(reader: Reader, application: Application, reference: string): Promise<readonly string[]> {
  if (isId(reference)) return (await reader.get(services, reference)) ? [reference] : []
  const called = await reader.list(services, { index: 'jobName', equals: reference })
  const trusted: string[] = []
  for (const { id, applicationId } of called) {
    const other = await reader.get(applications, applicationId)
    if (other && isOfTheSame(application, other)) trusted.push(id)
  }
  return trusted
}

function isOfTheSame({ owner, organizationId }: Application, other: Application): boolean {
  return other.owner === owner || (organizationId !== undefined && other.organizationId === organizationId)
}

/** What a service can be named by in somebody's `connectivity`. */
export function referencesTo(service: Service): readonly string[] {
  return [service.id, jobName(service)]
}
