import { describe, expect, it } from 'vitest'
import { DEFAULT_RULES } from './default-rules.ts'
import { toPrometheusRules } from './promql.ts'
import { parseRuleFile } from './rule-file.ts'

const MINE = `
rules:
  - name: Mine
    severity: info
    metric: oak_x_total
    where: { level: error }
    by: [role]
    growthWithin: 5m
    is: '>'
    threshold: 3
    for: 10s
    summary: "{{role}} says"
`

describe('a file of alert rules', () => {
  it('adds to the rules that come with the program', () => {
    const rules = parseRuleFile(MINE)
    expect(rules).toHaveLength(DEFAULT_RULES.length + 1)
    expect(rules.at(-1)).toMatchObject({ name: 'Mine', growthWithinMs: 300_000, forMs: 10_000 })
  })

  it('may replace one, or leave some or all out', () => {
    expect(parseRuleFile(MINE.replace('Mine', 'NodeAway')).filter(({ name }) => name === 'NodeAway')).toMatchObject([
      { metric: 'oak_x_total' },
    ])
    expect(parseRuleFile('without: [NodeAway]').map(({ name }) => name)).not.toContain('NodeAway')
    expect(parseRuleFile('without: all')).toEqual([])
  })

  it.each([
    ['rules: [{ name: X }]', 'rules.0.severity'],
    ['rules: {', 'not YAML'],
    [MINE.replace('10s', 'soon'), 'expected a duration'],
    [`${MINE}${MINE.replace('rules:', '')}`, 'the same name'],
    ['without: [Nothing]', 'there is no rule Nothing'],
    ['other: 1', 'other'],
  ])('is refused with what is wrong (%#)', (yaml, said) => {
    expect(() => parseRuleFile(yaml)).toThrow(said)
  })
})

describe('rules in the language of Prometheus', () => {
  it('say the same', () => {
    const [mine] = toPrometheusRules(parseRuleFile(`without: all${MINE}`)).groups[0]?.rules ?? []
    expect(mine).toMatchObject({
      alert: 'Mine',
      expr: 'sum by (role) (increase(oak_x_total{level="error"}[300s])) > 3',
      for: '10s',
      annotations: { summary: '{{ $labels.role }} says' },
    })
  })
})
