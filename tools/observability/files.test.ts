import { join } from 'node:path'
import { DEFAULT_RULES } from '@oakestra/observability'
import { describe, expect, it } from 'vitest'
import { read } from '../source-files.ts'
import { FOLDER, observabilityFiles } from './files.ts'
import { expressionOf } from './grafana.ts'

describe('files for other monitoring programs', () => {
  it('are those that the code makes', () => {
    for (const [path, text] of Object.entries(observabilityFiles())) {
      expect(read(join(FOLDER, path)), `${path} differs: run npm run generate`).toBe(text)
    }
  })

  it('hold every rule, and two dashboards with panels', () => {
    const rules = read(join(FOLDER, 'prometheus/oakestra.rules.yml'))
    expect([...rules.matchAll(/- alert: (\w+)/g)].map((match) => match[1])).toEqual(DEFAULT_RULES.map(({ name }) => name))
    for (const name of ['control-plane', 'logs']) {
      const { panels } = JSON.parse(read(join(FOLDER, `grafana/dashboards/${name}.json`))) as { panels: readonly unknown[] }
      expect(panels.length).toBeGreaterThan(8)
    }
  })

  it('say to Prometheus what the page computes', () => {
    const panel = {
      title: 'Errors',
      metric: 'm_total',
      where: { level: 'error' },
      by: 'role',
      rate: 'minute',
      format: String,
      atLeast: 1,
    } as const
    expect(expressionOf(panel)).toBe('sum by (role) (rate(m_total{level="error"}[5m])) * 60')
  })
})
