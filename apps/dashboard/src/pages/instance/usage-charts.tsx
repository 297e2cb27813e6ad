import type { Api } from '@oakestra/api-client'
import { lazy, Suspense, useMemo } from 'react'
import { useSamples } from '../../live/use-live.ts'
import { Card } from '../../ui/page.tsx'
import { bytesText, percentText } from '../../words/amounts.ts'
import { usageOf } from './usage.ts'

const Chart = lazy(() => import('../../ui/chart.tsx'))
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
      <Card title="CPU" actions={<span className="oak-number">{percentText(cpu.at(-1) ?? 0)}</span>}>
        <Suspense fallback={<div className="oak-bone" style={{ height: 190 }} />}>
          <Chart label="CPU in percent of its node" times={times} values={cpu} format={percentText} series={1} atLeast={5} />
        </Suspense>
      </Card>
      <Card title="Memory" actions={<span className="oak-number">{bytesText(memory.at(-1) ?? 0)}</span>}>
        <Suspense fallback={<div className="oak-bone" style={{ height: 190 }} />}>
          <Chart label="Memory" times={times} values={memory} format={bytesText} series={2} atLeast={4 * MEBIBYTE} binary />
        </Suspense>
      </Card>
    </div>
  )
}
