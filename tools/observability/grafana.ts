import type { Panel } from '../../apps/dashboard/src/infrastructure/metrics/panels.ts'
import { days, GROUPS, milliseconds, perMinute } from '../../apps/dashboard/src/infrastructure/metrics/panels.ts'
import { bytesText, percentText } from '../../apps/dashboard/src/words/amounts.ts'

/** Of the data sources that are provisioned beside the dashboards. */
export const PROMETHEUS = { type: 'prometheus', uid: 'oakestra-prometheus' }
export const LOKI = { type: 'loki', uid: 'oakestra-loki' }

const WIDTH = 24
const PANEL_WIDTH = 8
const PANEL_HEIGHT = 7

/** Units of Grafana by how our own page writes the numbers. */
const UNITS = new Map<Panel['format'], string>([
  [percentText, 'percent'],
  [bytesText, 'bytes'],
  [milliseconds, 'ms'],
  [perMinute, 'cpm'],
  [days, 's'],
])

/** The metrics page of the infrastructure dashboard, as a dashboard of Grafana. */
export function controlPlaneDashboard(): object {
  const panels: object[] = [alertList({ x: 0, y: 0, w: WIDTH, h: 6 })]
  let y = 6
  for (const { title, panels: own } of GROUPS) {
    panels.push({ type: 'row', title, gridPos: { x: 0, y, w: WIDTH, h: 1 }, collapsed: false, panels: [] })
    y += 1
    const perRow = WIDTH / PANEL_WIDTH
    for (const [at, panel] of own.entries()) {
      panels.push(
        timeSeries(panel, {
          x: (at % perRow) * PANEL_WIDTH,
          y: y + Math.floor(at / perRow) * PANEL_HEIGHT,
          w: PANEL_WIDTH,
          h: PANEL_HEIGHT,
        }),
      )
    }
    y += Math.ceil(own.length / perRow) * PANEL_HEIGHT
  }
  return dashboard('oakestra-control-plane', 'Oakestra: control plane', panels, [])
}

export interface Place {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

function timeSeries(panel: Panel, gridPos: Place): object {
  const { title, by, format } = panel
  return {
    type: 'timeseries',
    title,
    gridPos,
    datasource: PROMETHEUS,
    fieldConfig: { defaults: { unit: UNITS.get(format) ?? 'short', min: 0, custom: { lineWidth: 1, fillOpacity: 8 } }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: [{ refId: 'A', expr: expressionOf(panel), legendFormat: by === undefined ? title : `{{${by}}}` }],
  }
}

/** What our own page computes, in the language of Prometheus. */
export function expressionOf({ metric, where = {}, by, join = 'sum', rate, factor = 1 }: Panel): string {
  const labels = Object.entries(where).map(([key, value]) => `${key}="${value}"`)
  const selected = labels.length === 0 ? metric : `${metric}{${labels.join(', ')}}`
  const measured = rate ? `rate(${selected}[5m])` : selected
  const joined = by === undefined ? `${join}(${measured})` : `${join} by (${by}) (${measured})`
  const scale = factor * (rate === 'minute' ? 60 : 1)
  return scale === 1 ? joined : `${joined} * ${scale}`
}

export function alertList(gridPos: Place): object {
  return {
    type: 'alertlist',
    title: 'Active alarms',
    gridPos,
    datasource: PROMETHEUS,
    options: { stateFilter: { firing: true, pending: true, noData: false, normal: false, error: true }, maxItems: 20, sortOrder: 3 },
  }
}

export function dashboard(uid: string, title: string, panels: readonly object[], variables: readonly object[]): object {
  return {
    uid,
    title,
    tags: ['oakestra'],
    schemaVersion: 39,
    editable: true,
    refresh: '5s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: { list: variables },
    panels: panels.map((panel, index) => ({ id: index + 1, ...panel })),
  }
}
