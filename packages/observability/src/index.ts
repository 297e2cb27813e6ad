export { createProcessMetrics } from './metrics/process-metrics.ts'
export { METRICS_CONTENT_TYPE, mergedFamilies, renderMetrics } from './metrics/render-metrics.ts'
export { seriesHeads, seriesPages } from './series/series.ts'
export { type Series, type SeriesQuery, SeriesStore } from './series/series-store.ts'
