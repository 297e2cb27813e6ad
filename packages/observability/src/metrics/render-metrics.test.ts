import { describe, expect, it } from 'vitest'
import { renderMetrics } from './render-metrics.ts'

describe('metrics as a scraper reads them', () => {
  it('have a sentence, a type and a line for each number', () => {
    const samples = [
      { labels: { cluster: 'c1', state: 'up' }, value: 2 },
      { labels: {}, value: 0.5 },
    ]
    expect(renderMetrics([{ name: 'oak_nodes', help: 'Nodes.', kind: 'gauge', samples }])).toBe(
      '# HELP oak_nodes Nodes.\n# TYPE oak_nodes gauge\noak_nodes{cluster="c1",state="up"} 2\noak_nodes 0.5\n',
    )
  })

  it('keep names apart that try to look like something else', () => {
    const samples = [{ labels: { name: 'a"b\\c\nd' }, value: Number.NaN }]
    expect(renderMetrics([{ name: 'oak_x', help: 'one\ntwo', kind: 'counter', samples }])).toBe(
      '# HELP oak_x one\\ntwo\n# TYPE oak_x counter\noak_x{name="a\\"b\\\\c\\nd"} NaN\n',
    )
  })

  it('name a family once, whoever speaks of it', () => {
    const of = (role: string) => ({ name: 'oak_up', help: 'Up.', kind: 'gauge' as const, samples: [{ labels: { role }, value: 1 }] })
    expect(renderMetrics([of('root'), of('cluster')])).toBe(
      '# HELP oak_up Up.\n# TYPE oak_up gauge\noak_up{role="root"} 1\noak_up{role="cluster"} 1\n',
    )
  })

  it('say a number once, in the words of whoever is closer to it', () => {
    const of = (labels: Record<string, string>, value: number) => ({
      name: 'oak_node_up',
      help: 'Up.',
      kind: 'gauge' as const,
      samples: [{ labels, value }],
    })
    const atRoot = of({ cluster: 'c', node: 'n' }, 0)
    expect(renderMetrics([atRoot, of({ node: 'n', cluster: 'c' }, 1), of({ node: 'm', cluster: 'c' }, 0)])).toBe(
      '# HELP oak_node_up Up.\n# TYPE oak_node_up gauge\noak_node_up{node="n",cluster="c"} 1\noak_node_up{node="m",cluster="c"} 0\n',
    )
  })
})
