import type { Application } from '@oakestra/model'
import type { Collection, Reader } from '@oakestra/store'
import { customObjects, customTypes } from '../custom-resources/custom-resource.ts'
import { hooks } from '../hooks/hook.ts'
import { type GatewayTrouble, gatewayTroubles } from '../overlay/overlay-records.ts'
import { applications, clusters, instances, organizations, reports, services, users } from '../state/collections.ts'
import { organizationEvents, userEvents } from './changes/account-events.ts'
import { applicationEvents } from './changes/application-events.ts'
import { clusterEvents } from './changes/cluster-events.ts'
import { customObjectEvents, customTypeEvents, hookEvents } from './changes/extension-events.ts'
import { gatewayEvents } from './changes/gateway-events.ts'
import { type InstanceState, instanceEvents } from './changes/instance-events.ts'
import { serviceEvents } from './changes/service-events.ts'
import { events } from './events.ts'
import type { NewEvent } from './record-event.ts'
import type { Touch, Touches } from './touches.ts'

/** Collections whose documents tell what happened by how they changed. Others cost nothing. */
const WATCHED: ReadonlySet<string> = new Set(
  [applications, services, instances, reports, clusters, users, organizations, hooks, customTypes, customObjects, gatewayTroubles].map(
    (collection) => collection.name,
  ),
)

export function isWatched(collection: string): boolean {
  return WATCHED.has(collection)
}

/** Everything that happened in a section, out of the documents it touched; `reader` sees them as they are after it. */
export async function changesOf(touches: Touches, reader: Reader): Promise<readonly NewEvent[]> {
  if (touches.isEmpty) return []
  const found = [
    ...told(touches, users, userEvents),
    ...told(touches, organizations, organizationEvents),
    ...told(touches, hooks, hookEvents),
    ...told(touches, customTypes, customTypeEvents),
    ...told(touches, customObjects, customObjectEvents),
    ...told(touches, clusters, clusterEvents),
    ...told(touches, applications, applicationEvents),
    ...told(touches, services, serviceEvents),
  ]
  for (const touch of touches.of(gatewayTroubles).values()) found.push(...(await eventsOfGateway(touches, reader, touch)))
  for (const id of touchedInstances(touches)) found.push(...(await eventsOfInstance(touches, reader, id)))
  return withOwners(found, touches, reader)
}

function told<T>(touches: Touches, collection: Collection<T>, eventsOf: (touch: Touch<T>) => readonly NewEvent[]): readonly NewEvent[] {
  return [...touches.of(collection).values()].flatMap(eventsOf)
}

function touchedInstances(touches: Touches): ReadonlySet<string> {
  return new Set([...touches.of(instances).keys(), ...touches.of(reports).keys()])
}

async function eventsOfInstance(touches: Touches, reader: Reader, id: string): Promise<readonly NewEvent[]> {
  const instance = await touchOf(touches, reader, instances, id)
  const report = await touchOf(touches, reader, reports, id)
  const before: InstanceState = { instance: instance.before, report: report.before }
  const after: InstanceState = { instance: instance.after, report: report.after }
  const present = instance.after ?? instance.before
  if (!present) return []
  const service = await lastOf(touches, reader, services, present.serviceId)
  const cluster = present.clusterId === undefined ? undefined : await lastOf(touches, reader, clusters, present.clusterId)
  return instanceEvents(before, after, { service, clusterName: cluster?.name })
}

async function eventsOfGateway(touches: Touches, reader: Reader, touch: Touch<GatewayTrouble>): Promise<readonly NewEvent[]> {
  const { serviceId = '', clusterId = '' } = touch.after ?? touch.before ?? {}
  const service = await reader.get(services, serviceId)
  const cluster = await lastOf(touches, reader, clusters, clusterId)
  return gatewayEvents(touch, { service, clusterName: cluster?.name })
}

async function touchOf<T>(touches: Touches, reader: Reader, collection: Collection<T>, key: string): Promise<Touch<T>> {
  const touched = touches.of(collection).get(key)
  if (touched) return touched
  const document = await reader.get(collection, key)
  return { before: document, after: document }
}

/** A document as it is, or as it last was. */
async function lastOf<T>(touches: Touches, reader: Reader, collection: Collection<T>, key: string): Promise<T | undefined> {
  const touched = touches.of(collection).get(key)
  return touched ? (touched.after ?? touched.before) : reader.get(collection, key)
}

/** Notes whose each event is, for the time when its application is gone. */
async function withOwners(found: readonly NewEvent[], touches: Touches, reader: Reader): Promise<readonly NewEvent[]> {
  const owners = new Map<string, string | undefined>()
  const result: NewEvent[] = []
  for (const event of found) {
    const { applicationId } = event
    if (applicationId === undefined || event.owner !== undefined) {
      result.push(event)
      continue
    }
    if (!owners.has(applicationId)) owners.set(applicationId, await ownerOf(touches, reader, applicationId))
    const owner = owners.get(applicationId)
    result.push(owner === undefined ? event : { ...event, owner })
  }
  return result
}

/** Services and instances outlive their application for a while; then its last event knows. */
async function ownerOf(touches: Touches, reader: Reader, applicationId: Application['id']): Promise<string | undefined> {
  const application = await lastOf(touches, reader, applications, applicationId)
  if (application) return application.owner
  const [last] = await reader.list(events, { index: 'application', greaterThan: `${applicationId}/`, limit: 1 })
  return last?.applicationId === applicationId ? last.owner : undefined
}
