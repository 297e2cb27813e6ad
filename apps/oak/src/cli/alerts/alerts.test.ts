import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliHarness, startCli } from '../../testing/cli-harness.ts'

const AT_MS = Date.UTC(2026, 0, 1, 12)
const FIRING = {
  rule: 'NodeAway',
  severity: 'critical',
  state: 'firing',
  summary: 'Node edge\u001b[2J is away',
  action: 'Look at the machine.',
  startedAtMs: AT_MS,
}

let cli: CliHarness
beforeEach(async () => {
  cli = await startCli()
})
afterEach(() => cli[Symbol.asyncDispose]())

describe('oak alerts', () => {
  test('says what is wrong and what to do about it', async () => {
    cli.root.infrastructure = { '/alerts': { current: [FIRING], past: [] } }
    expect((await cli.run('alerts')).stdout).toBe(
      'critical  Node edge[2J is away  NodeAway, since 2026-01-01 12:00:00\n  Look at the machine.\n',
    )
    expect(JSON.parse((await cli.run('alerts', '--json')).stdout)).toMatchObject([{ rule: 'NodeAway' }])
  })

  test('says when nothing is wrong, and what was', async () => {
    cli.root.infrastructure = { '/alerts': { current: [], past: [{ ...FIRING, state: 'resolved', resolvedAtMs: AT_MS + 60_000 }] } }
    expect(await cli.run('alerts')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('no alert is firing') })
    expect((await cli.run('alerts', '--past')).stdout).toMatch(/^resolved .* 2026-01-01 12:00:00 to 2026-01-01 12:01:00\n$/)
  })

  test('lists what is watched', async () => {
    cli.root.infrastructure = {
      '/rules': [{ name: 'NodeAway', severity: 'critical', metric: 'oak_node_up', is: '==', threshold: 0, forMs: 2_000 }],
    }
    expect((await cli.run('alerts', '--rules')).stdout).toMatch(/NodeAway +critical +oak_node_up +== 0 +2 s/)
    expect((await cli.run('alerts', '--rules', '--past')).code).toBe(2)
  })
})
