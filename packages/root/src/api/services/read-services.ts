import type { Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { toWireService, type WireService } from '@oakestra/wire'
import type { ApiContext } from '../deps.ts'
import type { ReadPage } from '../paging/list-answer.ts'
import type { Page } from '../paging/page.ts'
import type { PageQuery } from '../paging/page-query.ts'
import { serviceViews } from '../views/service-views.ts'

/** Reads pages of services with their instances. Nodes are waited for with the first: a long list is not long for their sake. */
export function serviceReader(
  deps: ApiContext,
  pageOf: (reader: Reader, query: PageQuery) => Promise<Page<Service>>,
): ReadPage<WireService> {
  let patienceMs: number | undefined
  return async (query) => {
    const { page, views } = await deps.store.read(async (reader) => {
      const page = await pageOf(reader, query)
      return { page, views: await serviceViews(reader, page.items, deps) }
    })
    const shown = await deps.logTails.addTo(views, patienceMs)
    patienceMs = 0
    return { ...page, items: shown.map(toWireService) }
  }
}
