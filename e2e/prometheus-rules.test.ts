import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PROMETHEUS_FILES, Prometheus } from './support/prometheus.ts'

const RULES = path.join(PROMETHEUS_FILES, 'oakestra.rules.yml')

/** What root and a cluster of its own say of the same node, every second. */
function said(root: string, cluster: string): object[] {
  const series = (job: string) => `oak_node_up{job="oakestra-${job}", instance="${job}", cluster="site", node="edge"}`
  return [
    { series: series('root'), values: root },
    { series: series('cluster'), values: cluster },
  ]
}

const NODE_AWAY = {
  exp_labels: { severity: 'critical', cluster: 'site', node: 'edge' },
  exp_annotations: {
    summary: 'Node edge of cluster site is away',
    impact: 'What ran there is placed elsewhere as its services ask for; what may not move waits.',
    action: 'Look at the machine and its link. Remove the node when it will not come back: oak node remove edge',
  },
}

/** The rules that we offer to people with a Prometheus of their own, played by its checker. */
describe.skipIf(Prometheus.missing())('the rules for Prometheus', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'oak-rules-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  async function play(series: readonly object[], alerts: readonly object[]): Promise<string> {
    const test = {
      interval: '1s',
      input_series: series,
      alert_rule_test: [{ eval_time: '10s', alertname: 'NodeAway', exp_alerts: alerts }],
    }
    const file = path.join(dir, 'test.yml')
    // Prometheus reads YAML, of which JSON is a part.
    await writeFile(file, JSON.stringify({ rule_files: [RULES], evaluation_interval: '1s', tests: [test] }))
    return Prometheus.promtool('test', 'rules', file)
  }

  it('are well-formed', async () => {
    expect(await Prometheus.promtool('check', 'rules', RULES)).toMatch(/SUCCESS: \d+ rules found/)
  })

  it('tell once of a node that root and its cluster miss, and not at all of one that its cluster has', async () => {
    expect(await play(said('_ _ 0x20', '1 1 0x20'), [NODE_AWAY])).toContain('SUCCESS')
    expect(await play(said('0x20', '1x20'), [])).toContain('SUCCESS')
  })
})
