import type { Api } from '@oakestra/api-client'
import { useMemo } from 'react'
import { useSamples } from '../../live/use-live.ts'
import { CourseCard } from '../../ui/course-card.tsx'
import { Card } from '../../ui/page.tsx'
import { bytesText, percentText } from '../../words/amounts.ts'
import { usageOf } from './usage.ts'

const MEBIBYTE = 1024 * 1024

/** CPU and memory of an instance, going on as it does. */
export function UsageCharts({ instance }: { readonly instance: Api.Instance }) {
  const live = useSamples(instance._id)
  const { times, cpu, memory } = useMemo(() => {
    const usage = usageOf(instance, live)
    return {
      times: usage.map(({ timeMs }) => timeMs / 1000),
      cpu: usage.map((each) => each.cpuPercent),
      memory: usage.map((each) => each.memoryBytes),
    }
  }, [instance, live])
  if (times.length === 0) {
    return (
      <Card title="CPU and memory">
        <p className="oak-muted">
          {instance.status === 'RUNNING'
            ? 'The first numbers arrive within seconds.'
            : 'There are no numbers: it has not run since root started.'}
        </p>
      </Card>
    )
  }
  return (
    <div className="oak-grid-2">
      <CourseCard title="CPU" label="CPU in percent of its node" times={times} values={cpu} format={percentText} series={1} atLeast={5} />
      <CourseCard title="Memory" label="Memory" times={times} values={memory} format={bytesText} series={2} atLeast={4 * MEBIBYTE} binary />
    </div>
  )
}
