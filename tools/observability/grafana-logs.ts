import { alertList, dashboard, LOKI, type Place } from './grafana.ts'

const MATCHING = '{job="oakestra", role=~"$role", level=~"$level"} |~ "(?i)$searchable_pattern"'
const ALL = '{job="oakestra", role=~"$role"}'
const ROLES = ['root', 'cluster', 'node'] as const

/** What upstream's Grafana shows of logs (`reference/experience.md` 4.2), for every component and with levels that are known, not guessed. */
export function logsDashboard(): object {
  const panels = [
    ...numbers(),
    series('Matches over time', { x: 0, y: 6, w: 12, h: 8 }, `sum by (level) (count_over_time(${MATCHING}[$__interval]))`, '{{level}}'),
    series('Match rate', { x: 12, y: 6, w: 12, h: 8 }, `sum by (role) (rate(${MATCHING}[30s]))`, '{{role}}'),
    alertList({ x: 0, y: 14, w: 24, h: 6 }),
    ...ROLES.map((role, index) =>
      lines(`Log of ${role}`, { x: 0, y: 20 + index * 9, w: 24, h: 9 }, MATCHING.replace('role=~"$role"', `role="${role}"`)),
    ),
  ]
  return dashboard('oakestra-logs', 'Oakestra: logs', panels, variables())
}

function numbers(): readonly object[] {
  const count = (what: string) => `sum(count_over_time(${what}[$__range]))`
  const perLevel = `sum by (level) (count_over_time(${ALL}[$__range]))`
  const perRole = `sum by (role) (count_over_time(${MATCHING}[$__range]))`
  return [
    stat('Lines', { x: 0, y: 0, w: 5, h: 6 }, count(ALL), [100, 150, 200, 250]),
    stat('Errors', { x: 5, y: 0, w: 5, h: 6 }, count(ALL.replace('}', ', level="error"}')), [1, 3, 6, 10]),
    panel('piechart', 'Levels', { x: 10, y: 0, w: 5, h: 6 }, perLevel, '{{level}}'),
    {
      ...panel('gauge', 'Share of the pattern', { x: 15, y: 0, w: 4, h: 6 }, `100 * ${count(MATCHING)} / ${count(ALL)}`),
      fieldConfig: PERCENT,
    },
    panel('piechart', 'Matches by component', { x: 19, y: 0, w: 5, h: 6 }, perRole, '{{role}}'),
  ]
}

const PERCENT = { defaults: { unit: 'percent', min: 0, max: 100 }, overrides: [] }
const COLOURS = ['green', 'yellow', 'orange', 'dark-orange', 'red']

function stat(title: string, gridPos: Place, expr: string, thresholds: readonly number[]): object {
  const steps = COLOURS.map((color, index) => ({ color, value: index === 0 ? null : thresholds[index - 1] }))
  return { ...panel('stat', title, gridPos, expr), fieldConfig: { defaults: { thresholds: { mode: 'absolute', steps } }, overrides: [] } }
}

function panel(type: string, title: string, gridPos: Place, expr: string, legendFormat = title): object {
  return { type, title, gridPos, datasource: LOKI, targets: [{ refId: 'A', expr, legendFormat, queryType: 'instant' }] }
}

function series(title: string, gridPos: Place, expr: string, legendFormat: string): object {
  return { type: 'timeseries', title, gridPos, datasource: LOKI, targets: [{ refId: 'A', expr, legendFormat, queryType: 'range' }] }
}

function lines(title: string, gridPos: Place, expr: string): object {
  const options = { showTime: true, wrapLogMessage: true, enableLogDetails: true, sortOrder: 'Descending' }
  return { type: 'logs', title, gridPos, datasource: LOKI, options, targets: [{ refId: 'A', expr, queryType: 'range' }] }
}

function variables(): readonly object[] {
  const all = (name: string, values: readonly string[]) => ({
    name,
    type: 'custom',
    query: values.join(','),
    includeAll: true,
    allValue: '.*',
    multi: true,
    current: { text: 'All', value: '$__all' },
  })
  return [
    { name: 'searchable_pattern', label: 'Text', type: 'textbox', query: '', current: { text: '', value: '' } },
    all('role', ROLES),
    all('level', ['error', 'warn', 'info', 'debug']),
  ]
}
