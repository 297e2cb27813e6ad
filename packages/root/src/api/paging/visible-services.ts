import type { Application, Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import type { Actor } from '../../accounts/actor.ts'
import { services } from '../../state/collections.ts'
import { listPrefix } from '../../state/order-keys.ts'
import { fromCursor, toCursor } from './cursor.ts'
import type { Page } from './page.ts'
import { limitOf, type PageQuery } from './page-query.ts'
import { pageOfScan, type Scan, scanFrom } from './scan.ts'
import { applicationScans, showsApplication } from './visible-applications.ts'

/** Applications that may be looked into for one page: many are empty, and a page must not take for ever. */
const APPLICATIONS_MAX = 500
/** The same for services: where few match, a page may be empty and still not be the last. */
const SERVICES_MAX = 2_000

/** Where a list of services goes on: in which scan of applications, at which of them, behind which of its services. */
interface Place {
  readonly scan: number
  readonly application: string
  readonly service: string
}

const BEGINNING: Place = { scan: 0, application: '', service: '' }

/** A page of the services of one application. */
export function pageOfApplicationServices(reader: Reader, applicationId: string, query: PageQuery): Promise<Page<Service>> {
  return pageOfScan(reader, servicesIn(applicationId), query, (service) => !service.removing)
}

/**
 * A page of the services that the actor may see: application by application.
 * @param matches which of them are wanted
 */
export async function pageOfServices(
  reader: Reader,
  actor: Actor,
  query: PageQuery,
  matches: (service: Service) => boolean = () => true,
): Promise<Page<Service>> {
  const limit = limitOf(query) ?? Number.POSITIVE_INFINITY
  const from = query.cursor === undefined ? BEGINNING : placeOf(query.cursor)
  const items: Service[] = []
  let next = from
  let visited = 0
  let looked = 0
  const visitsMax = limitOf(query) === undefined ? Number.POSITIVE_INFINITY : APPLICATIONS_MAX
  for await (const { application, scan, position } of visibleFrom(reader, actor, from, limit + 1)) {
    visited += 1
    if (visited > visitsMax) return { items, nextCursor: cursorOf({ scan, application: position, service: '' }) }
    const isFirst = scan === from.scan && position === from.application
    const after = isFirst ? from.service : ''
    for await (const found of scanFrom(reader, servicesIn(application.id), after, limit + 1 - items.length)) {
      looked += 1
      if (looked > SERVICES_MAX) return { items, nextCursor: cursorOf(next) }
      if (!found.document.removing && matches(found.document)) {
        if (items.length === limit) return { items, nextCursor: cursorOf(next) }
        items.push(found.document)
      }
      next = { scan, application: position, service: found.position }
    }
  }
  return { items }
}

/** Visible applications, beginning with the one of the place. */
async function* visibleFrom(
  reader: Reader,
  actor: Actor,
  from: Place,
  wanted: number,
): AsyncGenerator<{ readonly application: Application; readonly scan: number; readonly position: string }, void, void> {
  for (const [scan, each] of applicationScans(actor).entries()) {
    if (scan < from.scan) continue
    // A scan begins behind a position, and this one is to be looked into again: one character less is just before it.
    const after = scan === from.scan ? from.application.slice(0, -1) : ''
    for await (const { document, position } of scanFrom(reader, each, after, wanted)) {
      if (scan === from.scan && position < from.application) continue
      if (await showsApplication(reader, actor, document, scan)) yield { application: document, scan, position }
    }
  }
}

function servicesIn(applicationId: string): Scan<Service> {
  return { collection: services, index: 'madeInApplication', prefix: listPrefix(applicationId) }
}

function cursorOf({ scan, application, service }: Place): string {
  return toCursor([scan, application, service])
}

function placeOf(cursor: string): Place {
  const [scan, application, service] = fromCursor(cursor, ['number', 'string', 'string'])
  return { scan: Number(scan), application: String(application), service: String(service) }
}
