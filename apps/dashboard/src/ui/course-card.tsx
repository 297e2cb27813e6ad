import { lazy, Suspense } from 'react'
import type { ChartProps } from './chart.tsx'
import { Card } from './page.tsx'

const Chart = lazy(() => import('./chart.tsx'))

interface CourseCardProps extends ChartProps {
  readonly title: string
}

/** One course over time, with where it is now. */
export function CourseCard({ title, ...chart }: CourseCardProps) {
  return (
    <Card title={title} actions={<span className="oak-number">{chart.format(chart.values.at(-1) ?? 0)}</span>}>
      <Suspense fallback={<div className="oak-bone" style={{ height: 190 }} />}>
        <Chart {...chart} />
      </Suspense>
    </Card>
  )
}
