import { Card } from '../../ui/page.tsx'
import { StatusPill } from '../../ui/status-pill.tsx'
import { bytesText, count, percentText } from '../../words/amounts.ts'
import type { StatusText } from '../../words/status.ts'
import { useBeat } from '../infrastructure.ts'
import { samplesOf, spanText, sumOf } from '../numbers.ts'
import type { RoleName, Status } from '../types.ts'
import { useCpu } from './use-cpu.ts'

const NAMES: Readonly<Record<RoleName, string>> = { root: 'Root', cluster: 'Cluster', node: 'Node' }
/** More between two turns of the loop is felt as slowness. */
const LAG_SLOW_S = 0.1
const DAY_S = 86_400

/** The roles of this process, and the process itself. */
export function Components({ status }: { readonly status: Status }) {
  return (
    <div className="oak-components">
      {status.roles.map((role) => (
        <RoleCard key={role} role={role} status={status} />
      ))}
      <ProcessCard status={status} />
    </div>
  )
}

function RoleCard({ role, status }: { readonly role: RoleName; readonly status: Status }) {
  const { families } = useBeat()
  const part = status[role] ?? {}
  const keys = (part.controllers ?? []).flatMap(({ keys: all }) => all)
  const failing = keys.filter(({ phase }) => phase === 'failing' || phase === 'stuck').length
  const errors = sumOf(families, 'oak_log_lines_total', { role, level: 'error' }) ?? 0
  const valid = samplesOf(families, 'oak_certificate_valid_seconds').find(({ labels }) => labels['role'] === role)?.value
  return (
    <Card title={NAMES[role]} actions={<StatusPill status={standing(part.connected, failing)} />}>
      <dl className="oak-facts">
        {part.connected === undefined ? null : <Fact name="Parent" value={part.connected ? 'connected' : 'not reached'} />}
        {part.connectedClusters === undefined ? null : <Fact name="Clusters connected" value={part.connectedClusters.length} />}
        {part.connectedNodes === undefined ? null : <Fact name="Nodes connected" value={part.connectedNodes.length} />}
        <Fact name="Looked after" value={`${count(keys.length, 'object')}${failing > 0 ? `, ${failing} failing` : ''}`} />
        <Fact name="Errors logged" value={errors} />
        {valid === undefined ? null : <Fact name="Certificate valid for" value={count(Math.floor(valid / DAY_S), 'day')} />}
      </dl>
    </Card>
  )
}

function standing(connected: boolean | undefined, failing: number): StatusText {
  if (connected === false) return { tone: 'warn', text: 'Alone' }
  return failing > 0 ? { tone: 'warn', text: 'Retrying' } : { tone: 'good', text: 'Fine' }
}

function ProcessCard({ status }: { readonly status: Status }) {
  const { families, timeMs } = useBeat()
  const cpu = useCpu()
  const memory = sumOf(families, 'process_resident_memory_bytes')
  const heap = sumOf(families, 'nodejs_heap_size_used_bytes')
  const lag = sumOf(families, 'nodejs_eventloop_lag_seconds')
  const isSlow = (lag ?? 0) > LAG_SLOW_S
  return (
    <Card title="Process" actions={<StatusPill status={isSlow ? { tone: 'warn', text: 'Slow' } : { tone: 'good', text: 'Fine' }} />}>
      <dl className="oak-facts">
        <Fact name="Version" value={status.version} />
        {timeMs === undefined ? null : <Fact name="Up for" value={spanText(timeMs - status.startedAtMs)} />}
        {memory === undefined ? null : <Fact name="Memory" value={bytesText(memory)} />}
        {heap === undefined ? null : <Fact name="Heap" value={bytesText(heap)} />}
        {cpu === undefined ? null : <Fact name="Processor" value={`${percentText(cpu)} of one core`} />}
        {lag === undefined ? null : <Fact name="Event loop" value={`${(lag * 1_000).toFixed(1)} ms behind`} />}
      </dl>
    </Card>
  )
}

export function Fact({ name, value }: { readonly name: string; readonly value: string | number }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="oak-number">{value}</dd>
    </>
  )
}
