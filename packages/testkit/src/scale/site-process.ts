import { startSite } from '../start-system.ts'
import { ScaleSite, type SiteView } from './scale-site.ts'
import { scaleOptions } from './scale-surroundings.ts'
import { socketDoor } from './socket-door.ts'
import { Traffic } from './traffic.ts'

/** What the process of a site is told. */
export type SiteOrder =
  | {
      readonly do: 'start'
      readonly clusters: Readonly<Record<string, readonly string[]>>
      readonly tokens: Readonly<Record<string, string>>
    }
  | { readonly do: 'look' }
  | { readonly do: 'kill'; readonly count: number }

/** What it says when it has done so. Times of the processor are in ms since it began. */
export interface SiteAnswer {
  readonly view: SiteView
  readonly killed: readonly string[]
  readonly cpuMs: number
  readonly rssMb: number
}

let site: ScaleSite | undefined

async function obey(order: SiteOrder): Promise<SiteAnswer> {
  if (order.do === 'start') {
    const traffic = new Traffic()
    const started = await startSite(
      scaleOptions({ clusters: order.clusters, traffic, rootDoor: socketDoor() }),
      (name) => order.tokens[name] ?? '',
    )
    site = new ScaleSite({ ...started, traffic })
  }
  if (!site) throw new Error('a site is started first')
  const killed = order.do === 'kill' ? site.kill(order.count) : []
  const { user, system } = process.cpuUsage()
  return { view: site.view(), killed, cpuMs: (user + system) / 1_000, rssMb: process.memoryUsage().rss / 2 ** 20 }
}

// Started as a process of its own: does what its parent says until that is gone.
if (process.send) {
  process.on('message', (order: SiteOrder) => {
    obey(order).then(
      (answer) => process.send?.({ answer }),
      (thrown: unknown) => process.send?.({ error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }),
    )
  })
  process.on('disconnect', () => process.exit())
}
