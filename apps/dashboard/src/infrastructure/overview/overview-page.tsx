import { IconCircleCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Ago } from '../../ui/ago.tsx'
import { Answered } from '../../ui/answered.tsx'
import { Figure, Page } from '../../ui/page.tsx'
import { percentText } from '../../words/amounts.ts'
import { AlertList } from '../alerts/alert-list.tsx'
import { useBeat, useInfrastructure } from '../infrastructure.ts'
import { samplesOf, sumOf } from '../numbers.ts'
import type { MetricFamily, Status } from '../types.ts'
import { Components } from './components.tsx'
import { ControllersCard } from './controllers.tsx'
import { SessionsCard } from './sessions.tsx'
import { StorageCard } from './storage.tsx'

/** Of this page's own router; the library knows the addresses of the main page. */
const WATCHED: string = '/alerts?tab=rules'
/** Read again with numbers, but not with each: controllers and sessions are also among the numbers. */
const BEATS_PER_STATUS = 2

/** How the control plane is, at a glance: what is wrong first. */
export function OverviewPage() {
  const { api, tier } = useInfrastructure()
  const { count } = useBeat()
  const status = useQuery({
    queryKey: ['infrastructure-status', Math.floor(count / BEATS_PER_STATUS)],
    queryFn: ({ signal }) => api.get<Status>('/status', {}, signal),
    placeholderData: (before) => before,
  })
  return (
    <Page title="Infrastructure" head={tier.kind === 'root' ? 'Control plane' : `Cluster ${tier.name}`} subtitle={<Subtitle />}>
      <Firing />
      <Glance />
      <Answered query={status} back={{ text: 'To the logs', to: '/logs' }}>
        {(known) => (
          <>
            <Components status={known} />
            <div className="oak-grid-2">
              <SessionsCard />
              <StorageCard />
            </div>
            <ControllersCard status={known} />
          </>
        )}
      </Answered>
    </Page>
  )
}

function Subtitle() {
  const { timeMs } = useBeat()
  if (timeMs === undefined) return 'Asking for numbers'
  return (
    <>
      Numbers as of <Ago atMs={timeMs} />
    </>
  )
}

function Firing() {
  const { alerts } = useBeat()
  const firing = alerts?.filter(({ state }) => state === 'firing')
  if (firing === undefined) return null
  if (firing.length > 0) return <AlertList alerts={firing} />
  return (
    <div className="oak-note" data-tone="good">
      <IconCircleCheck size={18} aria-hidden="true" />
      <div>
        No alert is firing.{' '}
        <Link className="oak-link" to={WATCHED}>
          What is watched
        </Link>
      </div>
    </div>
  )
}

function Glance() {
  const { families } = useBeat()
  const clusters = upOf(families, 'oak_cluster_up')
  const nodes = nodesByState(families) ?? upOf(families, 'oak_node_up')
  const running = sumOf(families, 'oak_instances', { status: 'RUNNING' })
  const missing = sumOf(families, 'oak_service_instances_missing')
  const errors = sumOf(families, 'oak_log_lines_total', { level: 'error' })
  const memory = sumOf(families, 'oak_machine_memory_percent')
  const cpu = sumOf(families, 'oak_machine_cpu_percent')
  return (
    <div className="oak-figures">
      {clusters ? <Figure name="Clusters" value={clusters.here} note={`of ${clusters.all} here`} /> : null}
      {nodes ? <Figure name="Nodes" value={nodes.here} note={`of ${nodes.all} here`} /> : null}
      {running === undefined ? null : (
        <Figure name="Instances" value={running} note={missing ? `running, ${missing} missing` : 'running'} />
      )}
      {errors === undefined ? null : <Figure name="Errors logged" value={errors} note="since the start" />}
      {memory === undefined ? null : <Figure name="Memory of the machine" value={percentText(memory)} />}
      {cpu === undefined ? null : <Figure name="Processor of the machine" value={percentText(cpu)} />}
    </div>
  )
}

interface Here {
  readonly here: number
  readonly all: number
}

function upOf(families: readonly MetricFamily[], name: string): Here | undefined {
  const samples = samplesOf(families, name)
  return samples.length === 0 ? undefined : { here: samples.filter(({ value }) => value > 0).length, all: samples.length }
}

/** As root counts them; a cluster alone knows each of its nodes instead. */
function nodesByState(families: readonly MetricFamily[]): Here | undefined {
  const all = sumOf(families, 'oak_cluster_nodes')
  return all === undefined ? undefined : { here: all - (sumOf(families, 'oak_cluster_nodes', { state: 'away' }) ?? 0), all }
}
