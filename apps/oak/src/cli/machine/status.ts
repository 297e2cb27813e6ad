import { apiStatus } from '../../client/client.ts'
import type { StatusAnswer } from '../../client/types.ts'
import { type DaemonState, runningDaemons } from '../../daemon/state-file.ts'
import { VERSION } from '../../version.ts'
import { addressOf, type CliContext, dataDirOf, openClient } from '../context.ts'
import { CliFailure, EXIT, toFailure } from '../failure.ts'
import { type Options, printResult } from '../options.ts'
import { renderFields } from '../table.ts'

const IDLE_MS = 5_000

interface Counts {
  readonly clusters: string
  readonly nodes: string
  readonly services: number
  readonly instances: string
  /** What runs and nobody is known to want; absent when there is nothing, or when this user may not ask. */
  readonly unclaimed?: number
}

interface StatusView {
  readonly api: string
  readonly answers: boolean
  readonly ready: boolean
  readonly version?: string
  readonly daemons: readonly DaemonState[]
  readonly counts?: Counts
  /** Why there are no counts. */
  readonly problem?: string
}

/** Says what runs here and how root is. Ends with 0 only when root is ready. */
export async function showStatus(context: CliContext, options: Options): Promise<void> {
  const view = await gather(context, options)
  printResult(context, options.json, view, () => describe(context, view))
  if (!view.answers) throw new CliFailure(EXIT.unreachable, `nothing answers at ${view.api}`, 'start it with: oak up --detach')
  if (!view.ready) throw new CliFailure(EXIT.failure, 'root answers and is not ready yet', 'look again in a moment')
}

async function gather(context: CliContext, options: Options): Promise<StatusView> {
  const dataDir = await dataDirOf(context, options)
  const api = await addressOf(context, options)
  const daemons = runningDaemons(dataDir)
  const answer = await apiStatus(api, IDLE_MS, context.signal).catch((): StatusAnswer | undefined => undefined)
  const base = {
    api: api.origin,
    answers: answer !== undefined,
    ready: answer?.ready === true,
    daemons,
    ...(answer && { version: answer.version }),
  }
  if (!answer) return base
  try {
    return { ...base, counts: await count(context, options) }
  } catch (thrown) {
    const { message, hint } = toFailure(thrown)
    return { ...base, problem: hint ? `${message}; ${hint}` : message }
  }
}

async function count(context: CliContext, options: Options): Promise<Counts> {
  const client = await openClient(context, options)
  // One after the other: the first finds the login that the others use.
  const clusters = await client.clusters()
  const [nodes, services] = await Promise.all([client.nodes(), client.services()])
  const unclaimed = await client.unclaimed().catch((): readonly unknown[] => [])
  const instances = services.flatMap((service) => service.instance_list ?? [])
  return {
    clusters: `${clusters.filter((cluster) => cluster.active).length} of ${clusters.length} connected`,
    nodes: `${nodes.filter((node) => node.state === 'connected').length} of ${nodes.length} connected`,
    services: services.length,
    instances: `${instances.filter((instance) => instance.status === 'RUNNING').length} of ${instances.length} running`,
    ...(unclaimed.length > 0 && { unclaimed: unclaimed.length }),
  }
}

function describe(context: CliContext, view: StatusView): readonly string[] {
  const { paint } = context.output
  const state = view.ready ? paint.green('ready') : view.answers ? paint.yellow('starting') : paint.red('not reachable')
  return [
    `root API         ${state} at ${view.api}`,
    ...renderFields([
      ['dashboard       ', view.daemons.find((daemon) => daemon.dashboardUrl)?.dashboardUrl],
      ['version         ', view.version && view.version !== VERSION ? `${view.version} (this program is ${VERSION})` : view.version],
      ['clusters        ', view.counts?.clusters],
      ['nodes           ', view.counts?.nodes],
      ['services        ', view.counts?.services],
      ['instances       ', view.counts?.instances],
      [
        'unclaimed       ',
        view.counts?.unclaimed && `${view.counts.unclaimed} run and nobody is known to want them: oak cluster unclaimed`,
      ],
      ['                ', view.problem],
    ]).map((line) => line.replace('  ', ' ')),
    ...view.daemons.map(
      (daemon) =>
        `on this machine  ${daemon.roles.join(', ')} (process ${daemon.process.pid}, ${daemon.phase}${daemon.logFile ? `, log ${daemon.logFile}` : ''})`,
    ),
  ]
}
