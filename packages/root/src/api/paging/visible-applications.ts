import type { Application } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { type Actor, isAdmin, runsApplications } from '../../accounts/actor.ts'
import { accessTo } from '../../state/application-access.ts'
import { applications } from '../../state/collections.ts'
import { listPrefix } from '../../state/order-keys.ts'
import type { Page } from './page.ts'
import type { PageQuery } from './page-query.ts'
import { pageOfScans, type Scan } from './scan.ts'

/** Where the applications stand that somebody may see: first the own ones, then those of the organization. */
export function applicationScans(actor: Actor): readonly Scan<Application>[] {
  if (isAdmin(actor)) return [{ collection: applications, index: 'made', prefix: listPrefix('') }]
  const own = { collection: applications, index: 'madeByOwner', prefix: listPrefix(actor.name) }
  const shared = { collection: applications, index: 'madeInOrganization', prefix: listPrefix(actor.organizationId) }
  return runsApplications(actor) ? [own, shared] : [own]
}

/** Whether an application of one of these scans is to be shown; own ones were in the first already. */
export async function showsApplication(reader: Reader, actor: Actor, application: Application, scan: number): Promise<boolean> {
  if (isAdmin(actor)) return true
  const isOwn = application.owner === actor.name
  return isOwn === (scan === 0) && (await accessTo(reader, actor, application)) !== 'none'
}

/** A page of the applications that the actor may see. */
export function pageOfApplications(reader: Reader, actor: Actor, query: PageQuery): Promise<Page<Application>> {
  return pageOfScans(reader, applicationScans(actor), query, (application, scan) => showsApplication(reader, actor, application, scan))
}
