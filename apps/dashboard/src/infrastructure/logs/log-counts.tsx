import { useQuery } from '@tanstack/react-query'
import { useApp } from '../../app-services.ts'
import { Figure } from '../../ui/page.tsx'
import { percentText } from '../../words/amounts.ts'
import { useBeat, useInfrastructure } from '../infrastructure.ts'
import { LineChart } from '../metrics/line-chart.tsx'
import { linesOf } from '../metrics/lines.ts'
import { type Panel, perMinute } from '../metrics/panels.ts'
import type { Series } from '../types.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const BEATS_PER_LOOK = 3
const PANEL: Panel = {
  title: 'Lines in the last hour, by level',
  metric: 'oak_log_lines_total',
  by: 'level',
  rate: 'minute',
  format: perMinute,
  atLeast: 4,
}

/** How much was said in the last hour, how much of it is errors, and when. */
export function LogCounts() {
  const { api } = useInfrastructure()
  const { clock } = useApp()
  const { count } = useBeat()
  const answer = useQuery({
    queryKey: ['log-counts', Math.floor(count / BEATS_PER_LOOK)],
    queryFn: async ({ signal }) => {
      const untilMs = clock.wallMs()
      const sinceMs = untilMs - HOUR_MS
      const series = await api.get<readonly Series[]>('/metrics/range', { name: PANEL.metric, since: sinceMs, until: untilMs }, signal)
      const stepMs = series[0]?.stepMs ?? MINUTE_MS
      return { lines: linesOf(series, PANEL), sinceMs, untilMs, stepMs }
    },
    placeholderData: (before) => before,
    gcTime: 30_000,
  })
  if (!answer.data) return null
  const { lines, sinceMs, untilMs, stepMs } = answer.data
  const grown = (level?: string) =>
    lines.lines
      .filter(({ name }) => level === undefined || name === level)
      .reduce((sum, { values }) => sum + values.reduce<number>((own, value) => own + (value ?? 0), 0) * (stepMs / MINUTE_MS), 0)
  const [all, errors, warnings] = [grown(), grown('error'), grown('warn')]
  return (
    <div className="oak-log-counts">
      <div className="oak-figures">
        <Figure name="Lines" value={Math.round(all).toLocaleString('en')} note="in the last hour" />
        <Figure name="Errors" value={Math.round(errors).toLocaleString('en')} note={share(errors, all)} />
        <Figure name="Warnings" value={Math.round(warnings).toLocaleString('en')} note={share(warnings, all)} />
      </div>
      <section className="oak-card oak-panel">
        <h2>{PANEL.title}</h2>
        <LineChart panel={PANEL} shown={lines} sinceMs={sinceMs} untilMs={untilMs} />
      </section>
    </div>
  )
}

function share(part: number, all: number): string {
  return all > 0 ? `${percentText((part / all) * 100)} of all` : 'none at all'
}
