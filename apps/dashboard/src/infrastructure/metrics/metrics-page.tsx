import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useApp } from '../../app-services.ts'
import { Answered } from '../../ui/answered.tsx'
import { Bones } from '../../ui/bones.tsx'
import { Page } from '../../ui/page.tsx'
import { useAddressWord } from '../address-word.ts'
import { useBeat, useInfrastructure } from '../infrastructure.ts'
import type { Series } from '../types.ts'
import { LineChart } from './line-chart.tsx'
import { linesOf } from './lines.ts'
import { GROUPS, type Panel } from './panels.ts'

const HOUR_MS = 3_600_000

interface Range {
  readonly value: string
  readonly label: string
  readonly spanMs: number
  /** Read again with each so many beats of five seconds: longer ranges change more slowly. */
  readonly everyBeats: number
}

const LAST_HOUR: Range = { value: '1h', label: '1 hour', spanMs: HOUR_MS, everyBeats: 2 }
const RANGES: readonly Range[] = [
  LAST_HOUR,
  { value: '6h', label: '6 hours', spanMs: 6 * HOUR_MS, everyBeats: 6 },
  { value: '24h', label: '24 hours', spanMs: 24 * HOUR_MS, everyBeats: 12 },
  { value: '14d', label: '14 days', spanMs: 14 * 24 * HOUR_MS, everyBeats: 60 },
]

/** Numbers over time. */
export function MetricsPage() {
  const [word, setWord] = useAddressWord('range')
  const range = RANGES.find(({ value }) => value === word) ?? LAST_HOUR
  const { api } = useInfrastructure()
  const catalog = useQuery({
    queryKey: ['catalog'],
    queryFn: async ({ signal }) => (await api.get<{ readonly kept: readonly { readonly name: string }[] }>('/metrics', {}, signal)).kept,
  })
  return (
    <Page
      title="Metrics"
      subtitle="Kept on this machine for two weeks; no other program is needed."
      actions={
        <SegmentedControl
          aria-label="How far back"
          value={range.value}
          onChange={(next) => setWord(next === LAST_HOUR.value ? '' : next)}
          data={RANGES.map(({ value, label }) => ({ value, label }))}
        />
      }
    >
      <Answered query={catalog} back={{ text: 'To the overview', to: '/' }}>
        {(kept) => <Groups known={new Set(kept.map(({ name }) => name))} range={range} />}
      </Answered>
    </Page>
  )
}

function Groups({ known, range }: { readonly known: ReadonlySet<string>; readonly range: Range }) {
  return GROUPS.map(({ title, panels }) => {
    const shown = panels.filter(({ metric }) => known.has(metric))
    if (shown.length === 0) return null
    return (
      <section key={title}>
        <h2 className="oak-section">{title}</h2>
        <div className="oak-panels">
          {shown.map((panel) => (
            <PanelCard key={panel.title} panel={panel} range={range} />
          ))}
        </div>
      </section>
    )
  })
}

function PanelCard({ panel, range }: { readonly panel: Panel; readonly range: Range }) {
  const { api } = useInfrastructure()
  const { clock } = useApp()
  const { count } = useBeat()
  const { metric, where = {} } = panel
  const answer = useQuery({
    queryKey: ['range', panel.title, range.value, Math.floor(count / range.everyBeats)],
    queryFn: async ({ signal }) => {
      const untilMs = clock.wallMs()
      const sinceMs = untilMs - range.spanMs
      const labels = Object.fromEntries(Object.entries(where).map(([key, value]) => [`label.${key}`, value]))
      const series = await api.get<readonly Series[]>('/metrics/range', { name: metric, since: sinceMs, until: untilMs, ...labels }, signal)
      return { lines: linesOf(series, panel), sinceMs, untilMs }
    },
    // The course stays while it is read again.
    placeholderData: (before) => before,
    gcTime: 30_000,
  })
  return (
    <section className="oak-card oak-panel">
      <h3>{panel.title}</h3>
      <Answered query={answer} bones={<Bones rows={3} />} back={{ text: 'To the overview', to: '/' }}>
        {({ lines, sinceMs, untilMs }) => (
          <>
            <LineChart panel={panel} shown={lines} sinceMs={sinceMs} untilMs={untilMs} />
            {lines.more > 0 ? <p className="oak-sub">{lines.more} more with smaller numbers are left out</p> : null}
          </>
        )}
      </Answered>
    </section>
  )
}
