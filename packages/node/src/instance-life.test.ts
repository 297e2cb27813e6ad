import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR_MS, health, ID, OTHER, other, spec, YEAR_MS } from './testing/life-samples.ts'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
beforeEach(async () => {
  node = await TestNode.start()
})
afterEach(() => node[Symbol.asyncDispose]())

describe('an instance with a health check', () => {
  it('is ready once it answers, and started again when it does not any more', async () => {
    node.prober.answer = () => ({ answer: 'bad', reason: 'nothing listens on port 80' })
    await node.want(spec({ health }))
    await node.sees('it is starting', (seen) => seen.state === 'running' && seen.health === 'starting')
    await node.sees('the reason is told', ({ detail }) => detail === 'not ready yet: nothing listens on port 80')
    node.prober.answer = () => ({ answer: 'good' })
    await node.sees('it is healthy', (seen) => seen.health === 'healthy')
    node.prober.answer = () => ({ answer: 'bad', reason: 'it answered with status 503' })
    await node.sees(
      'it is told',
      ({ state, detail }) => state === 'running' && detail === 'its last check failed: it answered with status 503',
    )
    await node.sees(
      'it is ended',
      ({ state, detail }) => state === 'dead' && detail === 'its health check failed: it answered with status 503',
    )
    node.prober.answer = () => ({ answer: 'good' })
    await node.sees('it is healthy again', (seen) => seen.health === 'healthy' && seen.strikes === 1 && seen.restarts === 1)
    expect(node.startsOf(ID)).toBe(2)
  })

  it('is reached by its service only while it is ready, unless none is', async () => {
    node.prober.answer = ({ instanceId }) => (instanceId === ID ? { answer: 'good' } : { answer: 'bad', reason: 'no' })
    await node.want(spec({ health }))
    await node.want(other({ health: { ...health, startDelayMs: HOUR_MS } }))
    await node.sees('the first is ready', (seen) => seen.health === 'healthy')
    await node.runs(OTHER)
    await node.until('its service leads to it alone', () => node.serviceTargets('10.30.0.1') === '10.30.0.2')
    node.machine.exit(ID, 1)
    await node.until('its service leads to the other', () => node.serviceTargets('10.30.0.1') === '10.30.0.3')
  })

  it('is not less ready for a restart of the agent', async () => {
    await node.want(spec({ health }))
    await node.sees('it is healthy', (seen) => seen.health === 'healthy')
    await node.halt()
    node.prober.answer = () => 'hang'
    node.told.clear()
    await node.boot()
    await node.runs()
    expect(node.told.get(ID)?.health).toBe('healthy')
  })

  it('ends for good when its policy says so', async () => {
    node.prober.answer = () => ({ answer: 'bad', reason: 'no' })
    await node.want(spec({ health, restart: { when: 'never' } }))
    await node.sees('it failed', (seen) => seen.state === 'failed' && seen.detail === 'its health check failed: no')
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(1)
  })
})

describe('strikes', () => {
  it('stretch the time to the next start, and are forgotten once it ran well for a minute', async () => {
    await node.want(spec({ image: 'fake://exit?code=1&after=100' }))
    await node.sees('it fell four times', ({ strikes = 0 }) => strikes === 4)
    await node.want(spec({ revision: 2 }))
    await node.sees('another revision begins anew', (seen) => seen.revision === 2 && seen.state === 'running' && seen.strikes === undefined)
    node.machine.exit(ID, 1)
    await node.sees('it runs again', (seen) => seen.state === 'running' && seen.strikes === 1)
    await node.pass(59_000)
    expect(node.told.get(ID)?.strikes).toBe(1)
    await node.sees('it is forgiven', (seen) => seen.strikes === undefined)
    expect(node.told.get(ID)?.restarts).toBe(1)
  })

  it.each([
    ['forwards', YEAR_MS],
    ['back', -YEAR_MS],
  ])('are counted and forgotten whatever the clock says when it is set %s', async (_name, byMs) => {
    await node.want(spec())
    await node.runs()
    node.machine.exit(ID, 1)
    await node.sees('it runs again', (seen) => seen.state === 'running' && seen.strikes === 1)
    node.clock.jumpWall(byMs)
    await node.pass(50_000)
    expect(node.told.get(ID)?.strikes).toBe(1)
    await node.pass(15_000)
    expect(node.told.get(ID)?.strikes).toBeUndefined()
  })
})

describe('the restart policy', () => {
  it.each([
    ['never', 0, 'completed'],
    ['never', 3, 'failed'],
    ['on-failure', 0, 'completed'],
  ] as const)('"%s" ends it for good after exit %i: %s', async (when, code, state) => {
    await node.want(spec({ image: `fake://exit?code=${code}&after=100`, restart: { when } }))
    await node.sees('it ended', (seen) => seen.state === state && seen.exitCode === code)
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(1)
  })

  it('"on-failure" starts it again after a failure', async () => {
    await node.want(spec({ image: 'fake://exit?code=3&after=100', restart: { when: 'on-failure' } }))
    await node.until('it was started again', () => node.startsOf(ID) > 2)
  })

  it('gives it the time to end that its descriptor asks for', async () => {
    await node.want(spec({ image: 'fake://stubborn', stopGraceMs: 90_000 }))
    await node.runs()
    await node.unwant(ID)
    await node.pass(80_000)
    expect(node.isRunning(ID)).toBe(true)
    await node.until('it is gone', () => !node.machine.workloads.has(ID))
  })
})

describe('other words about the same revision', () => {
  it('are taken in without a restart', async () => {
    await node.want(spec())
    await node.runs()
    await node.want(spec({ term: 4, stopGraceMs: 1_000 }))
    await node.sees('the term is told', ({ term }) => term === 4)
    await node.until('they are remembered', () => node.remembered(ID)?.spec.stopGraceMs === 1_000)
    expect(node.startsOf(ID)).toBe(1)
  })
})
