import { useMemo } from 'react'
import { useLoads } from '../../live/use-live.ts'
import { CourseCard } from '../../ui/course-card.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { percentText } from '../../words/amounts.ts'

/** Points of a small course: more are not told apart. */
const SMALL_COURSE = 40

interface MeterOfLoadProps {
  /** Of a node or a cluster. */
  readonly id: string
  readonly what: 'cpuPercent' | 'memoryPercent'
  /** What root said when it was asked; absent when it knew nothing. */
  readonly asked: number | undefined
  readonly label: string
  readonly withCourse?: boolean
}

/** How busy a node or a cluster is, as it changes. */
export function LoadMeter({ id, what, asked, label, withCourse = false }: MeterOfLoadProps) {
  const loads = useLoads(id)
  const now = loads.at(-1)?.[what] ?? asked
  if (now === undefined) return '–'
  return (
    <span className="oak-load">
      <Meter percent={now} label={label} />
      {withCourse ? <Sparkline values={loads.slice(-SMALL_COURSE).map((load) => load[what])} /> : null}
    </span>
  )
}

/** CPU and memory of a node or a cluster, going on as they do; nothing before two numbers arrived. */
export function LoadCharts({ id }: { readonly id: string }) {
  const loads = useLoads(id)
  const { times, cpu, memory } = useMemo(
    () => ({
      times: loads.map(({ timeMs }) => timeMs / 1000),
      cpu: loads.map(({ cpuPercent }) => cpuPercent),
      memory: loads.map(({ memoryPercent }) => memoryPercent),
    }),
    [loads],
  )
  if (times.length < 2) return null
  return (
    <div className="oak-grid-2">
      <CourseCard title="CPU" label="CPU in percent" times={times} values={cpu} format={percentText} series={1} atLeast={5} />
      <CourseCard title="Memory" label="Memory in percent" times={times} values={memory} format={percentText} series={2} atLeast={5} />
    </div>
  )
}
