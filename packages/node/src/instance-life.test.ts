import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleSpec } from './testing/sample-spec.ts'
import { PLACE, TestNode } from './testing/test-node.ts'

const ID = sampleSpec().instanceId
const OTHER = 'd'.repeat(24)
const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS
const health = { probe: { kind: 'http', port: 80, path: '/' }, startDelayMs: 0, periodMs: 1_000, timeoutMs: 500, threshold: 3 } as const

const spec = (changes: Parameters<typeof sampleSpec>[0] = {}) => sampleSpec({ image: 'fake://run', ports: [], ...changes })
const other = (changes: Parameters<typeof sampleSpec>[0] = {}) =>
  spec({ instanceId: OTHER, number: 1, addresses: { v4: '10.30.0.3', v6: 'fdff::3' }, ...changes })
const stopping = (afterMs: number) => spec({ disconnect: { action: 'stop', afterMs, siteOnly: false } })

let node: TestNode
beforeEach(async () => {
  node = await TestNode.start()
})
afterEach(() => node[Symbol.asyncDispose]())

const sees = (what: string, check: (seen: NonNullable<ReturnType<typeof node.told.get>>) => boolean, id = ID) =>
  node.until(what, () => {
    const seen = node.told.get(id)
    return seen !== undefined && check(seen)
  })
const runs = (id = ID) => sees('it runs', ({ state }) => state === 'running', id)

describe('an instance with a health check', () => {
  it('is ready once it answers, and started again when it does not any more', async () => {
    node.prober.answer = () => ({ answer: 'bad', reason: 'nothing listens on port 80' })
    await node.want(spec({ health }))
    await sees('it is starting', (seen) => seen.state === 'running' && seen.health === 'starting')
    await sees('the reason is told', ({ detail }) => detail === 'not ready yet: nothing listens on port 80')
    node.prober.answer = () => ({ answer: 'good' })
    await sees('it is healthy', (seen) => seen.health === 'healthy')
    node.prober.answer = () => ({ answer: 'bad', reason: 'it answered with status 503' })
    await sees('it is told', ({ state, detail }) => state === 'running' && detail === 'its last check failed: it answered with status 503')
    await sees('it is ended', ({ state, detail }) => state === 'dead' && detail === 'its health check failed: it answered with status 503')
    node.prober.answer = () => ({ answer: 'good' })
    await sees('it is healthy again', (seen) => seen.health === 'healthy' && seen.strikes === 1 && seen.restarts === 1)
    expect(node.startsOf(ID)).toBe(2)
  })

  it('is reached by its service only while it is ready, unless none is', async () => {
    node.prober.answer = ({ instanceId }) => (instanceId === ID ? { answer: 'good' } : { answer: 'bad', reason: 'no' })
    await node.want(spec({ health }))
    await node.want(other({ health: { ...health, startDelayMs: HOUR_MS } }))
    await sees('the first is ready', (seen) => seen.health === 'healthy')
    await runs(OTHER)
    await node.until('its service leads to it alone', () => serviceTargets() === '10.30.0.2')
    node.machine.exit(ID, 1)
    await node.until('its service leads to the other', () => serviceTargets() === '10.30.0.3')
  })

  it('is not less ready for a restart of the agent', async () => {
    await node.want(spec({ health }))
    await sees('it is healthy', (seen) => seen.health === 'healthy')
    await node.halt()
    node.prober.answer = () => 'hang'
    node.told.clear()
    await node.boot()
    await runs()
    expect(node.told.get(ID)?.health).toBe('healthy')
  })

  it('ends for good when its policy says so', async () => {
    node.prober.answer = () => ({ answer: 'bad', reason: 'no' })
    await node.want(spec({ health, restart: { when: 'never' } }))
    await sees('it failed', (seen) => seen.state === 'failed' && seen.detail === 'its health check failed: no')
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(1)
  })
})

/** The instances that the service's address leads to in the kernel. */
function serviceTargets(): string {
  const tables = JSON.stringify(node.kernel.state(node.tag).tables)
  return [...tables.matchAll(/10\.30\.0\.1 \. \d+ : (10\.30\.0\.\d+)/g)].map(([, target]) => target).join()
}

describe('strikes', () => {
  it('stretch the time to the next start, and are forgotten once it ran well for a minute', async () => {
    await node.want(spec({ image: 'fake://exit?code=1&after=100' }))
    await sees('it fell four times', ({ strikes = 0 }) => strikes === 4)
    await node.want(spec({ revision: 2 }))
    await sees('another revision begins anew', (seen) => seen.revision === 2 && seen.state === 'running' && seen.strikes === undefined)
    node.machine.exit(ID, 1)
    await sees('it runs again', (seen) => seen.state === 'running' && seen.strikes === 1)
    await node.pass(59_000)
    expect(node.told.get(ID)?.strikes).toBe(1)
    await sees('it is forgiven', (seen) => seen.strikes === undefined)
    expect(node.told.get(ID)?.restarts).toBe(1)
  })

  it.each([
    ['forwards', YEAR_MS],
    ['back', -YEAR_MS],
  ])('are counted and forgotten whatever the clock says when it is set %s', async (_name, byMs) => {
    await node.want(spec())
    await runs()
    node.machine.exit(ID, 1)
    await sees('it runs again', (seen) => seen.state === 'running' && seen.strikes === 1)
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
    await sees('it ended', (seen) => seen.state === state && seen.exitCode === code)
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(1)
  })

  it('"on-failure" starts it again after a failure', async () => {
    await node.want(spec({ image: 'fake://exit?code=3&after=100', restart: { when: 'on-failure' } }))
    await node.until('it was started again', () => node.startsOf(ID) > 2)
  })

  it('gives it the time to end that its descriptor asks for', async () => {
    await node.want(spec({ image: 'fake://stubborn', stopGraceMs: 90_000 }))
    await runs()
    await node.unwant(ID)
    await node.pass(80_000)
    expect(node.isRunning(ID)).toBe(true)
    await node.until('it is gone', () => !node.machine.workloads.has(ID))
  })
})

describe('an instance that ends itself when it hears nothing', () => {
  it('ends when the link has been cut for its time, and runs again when the cluster is heard', async () => {
    await node.want(stopping(20_000))
    await runs()
    await node.pass(60_000)
    expect(node.startsOf(ID)).toBe(1)
    node.cut()
    await node.pass(19_000)
    expect(node.isRunning(ID)).toBe(true)
    await node.pass(2_000)
    expect(node.isRunning(ID)).toBe(false)
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(1)
    node.restore()
    await node.until('it runs again', () => node.startsOf(ID) === 2)
    await sees('no strike is counted', (seen) => seen.state === 'running' && seen.strikes === undefined)
  })

  it('does not run again when the cluster wants it no more', async () => {
    await node.want(stopping(20_000))
    await runs()
    node.cut()
    await node.until('it ended', () => !node.isRunning(ID))
    await node.unwant(ID)
    node.restore()
    await node.until('it is forgotten', () => node.remembered(ID) === undefined)
    expect(node.startsOf(ID)).toBe(1)
  })

  it('counts on over a restart of the agent, and over the loss of power', async () => {
    await node.want(stopping(20_000))
    await runs()
    await node.pass(10_000)
    node.cut()
    await node.pass(10_000)
    await node.losePower()
    await node.pass(5_000)
    await node.boot()
    await node.until('it runs again', () => node.isRunning(ID))
    await node.until('its time is over', () => !node.isRunning(ID))
    await node.halt()
    await node.boot()
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(2)
  })

  it('ends when a clock that was set back leaves nobody who knows for how long it was silent', async () => {
    await node.want(stopping(20_000))
    await runs()
    await node.pass(10_000)
    node.cut()
    await node.halt()
    node.clock.jumpWall(-YEAR_MS)
    await node.boot()
    await node.until('it ended', () => !node.isRunning(ID))
    node.restore()
    await runs()
  })

  it('goes on over a restart of the agent while the cluster is there', async () => {
    await node.want(stopping(5_000))
    await runs()
    await node.halt()
    await node.pass(1_000)
    await node.boot()
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(1)
  })

  it('ends also when nothing can be written', async () => {
    await node.want(stopping(20_000))
    await runs()
    node.hardware.isDiskFull = true
    node.cut()
    await node.pass(21_500)
    expect(node.isRunning(ID)).toBe(false)
  })

  it.each(['replace', 'keep'] as const)('is not one whose policy is %s', async (action) => {
    await node.want(spec({ disconnect: { action, afterMs: 1_000, siteOnly: false } }))
    await runs()
    node.cut()
    await node.pass(HOUR_MS)
    expect(node.isRunning(ID)).toBe(true)
    expect(node.startsOf(ID)).toBe(1)
  })
})

describe('the loss of power with the uplink cut', () => {
  it('brings back everything from what the node knows, and nothing that is over', async () => {
    const once = other({ image: 'fake://exit?code=0&after=100', oneShot: true })
    await node.want(spec())
    await node.want(once)
    await runs()
    await sees('the one-shot is done', ({ state }) => state === 'completed', OTHER)
    const before = node.remembered(ID)
    node.cut()
    await node.losePower()
    await node.pass(HOUR_MS)
    await node.boot()
    await node.until('it runs again', () => node.isRunning(ID))
    await node.pass(HOUR_MS)
    expect([node.startsOf(ID), node.startsOf(OTHER)]).toEqual([2, 1])
    expect(node.remembered(ID)?.namespaceV4).toBe(before?.namespaceV4)
    expect(JSON.stringify(node.kernel.state(node.tag).addresses)).toContain('10.18.0.1/26')
    expect(node.kernel.namespaces(node.tag)).toHaveLength(1)
  })

  it.each([
    ['forwards', 10 * YEAR_MS],
    ['back', -10 * YEAR_MS],
  ])('starts what waits for its time also when the clock came back wrong (%s)', async (_name, byMs) => {
    await node.want(spec({ image: 'fake://exit?code=1&after=10' }))
    await sees('it waits for long', ({ strikes = 0 }) => strikes >= 8)
    node.cut()
    await node.losePower()
    node.clock.jumpWall(byMs)
    const starts = node.startsOf(ID)
    await node.boot()
    await node.pass(301_000)
    expect(node.startsOf(ID)).toBeGreaterThan(starts)
  })

  it('starts nothing twice when the cluster is there and has news', async () => {
    await node.want(spec())
    await runs()
    await node.losePower()
    await node.unwant(ID)
    await node.boot()
    await node.until('it is forgotten', () => node.remembered(ID) === undefined)
    expect(node.startsOf(ID)).toBe(1)
  })
})

describe('addresses at rest', () => {
  it.each([
    ['stands still', 0],
    ['is set forwards', YEAR_MS],
    ['is set back', -YEAR_MS],
  ])('rest for a minute when the clock %s', async (_name, byMs) => {
    await node.want(spec())
    await runs()
    await node.unwant(ID)
    await node.until('it is forgotten', () => node.remembered(ID) === undefined)
    const admitted = async (instance: ReturnType<typeof spec>) => {
      await node.want(instance)
      await node.until('it has an address', () => node.remembered(instance.instanceId) !== undefined)
      return node.remembered(instance.instanceId)?.namespaceV4
    }
    expect(await admitted(other())).toBe('10.18.0.3')
    node.clock.jumpWall(byMs)
    const third = 'e'.repeat(24)
    await node.pass(30_000)
    expect(await admitted(other({ instanceId: third, addresses: { v4: '10.30.0.4', v6: 'fdff::4' } }))).toBe('10.18.0.4')
    await node.pass(31_000)
    expect(await admitted(spec())).toBe('10.18.0.2')
  })
})

describe('a disk that is full', () => {
  it('stops nothing, loses nothing, and is waited for', async () => {
    await node.want(spec({ health }))
    await sees('it is healthy', (seen) => seen.health === 'healthy')
    node.hardware.isDiskFull = true
    await node.pass(10 * 60_000)
    expect(node.told.get(ID)).toMatchObject({ state: 'running', health: 'healthy' })
    expect(node.startsOf(ID)).toBe(1)
    node.machine.exit(ID, 1)
    await sees('its end is told', ({ state, detail }) => state === 'dead' && detail === 'exited with code 1')
    await node.want(other())
    await node.pass(60_000)
    node.hardware.isDiskFull = false
    await runs()
    await runs(OTHER)
    expect(node.told.get(ID)?.strikes).toBe(1)
  })

  it('takes nothing out of its service that was started at that moment', async () => {
    await node.want(spec())
    const { machine, hardware } = node
    machine.beforeAct = (act) => {
      if (act === 'start') hardware.isDiskFull = true
    }
    await node.until('it was started', () => node.startsOf(ID) === 1)
    await node.until('its service leads to it', () => serviceTargets() === '10.30.0.2')
    hardware.isDiskFull = false
    machine.beforeAct = () => undefined
    await runs()
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(1)
  })
})

describe('what the cluster says and cannot be read', () => {
  it('leaves the instance as it was understood last, and all others alone', async () => {
    await node.want(spec())
    await runs()
    await node.say(ID, 'instance', { ...spec({ revision: 2 }), image: 5 })
    await node.want(other())
    await runs(OTHER)
    await sees('the problem is told', ({ detail }) => /cannot be read \(instance: image: .*\): it goes on as before/.test(detail))
    expect(node.told.get(ID)).toMatchObject({ state: 'running', revision: 1 })
    node.machine.exit(ID, 1)
    await node.until('it is started again as before', () => node.startsOf(ID) === 2)
    await node.want(spec({ revision: 3 }))
    await sees('it follows again', (seen) => seen.revision === 3 && seen.state === 'running')
  })

  it('is told of an instance that never could begin', async () => {
    await node.say(ID, 'instance', 'nonsense')
    await node.want(other())
    await runs(OTHER)
    await sees('the problem is told', ({ state, detail }) => state === 'failed' && /cannot be read/.test(detail))
    await node.unwant(ID)
    await node.until('it is gone', () => !node.told.has(ID))
  })

  it.each([
    ['an address that is none', { addresses: { v4: '10.30.0.300', v6: 'fdff::3' } }, /10\.30\.0\.300 is no address/],
    ['the id of another', { instanceId: 'f'.repeat(24) }, /it speaks of f/],
    ['an address that another has', { addresses: { v4: '10.30.0.2', v6: 'fdff::3' } }, /10\.30\.0\.2 is used by another/],
  ])('may be %s', async (_name, changes, reason) => {
    await node.want(spec())
    await runs()
    await node.say(OTHER, 'instance', other(changes))
    await sees('the reason is told', ({ state, detail }) => state === 'failed' && reason.test(detail), OTHER)
    node.machine.exit(ID, 1)
    await node.until('the other is started again', () => node.startsOf(ID) === 2)
  })

  it('may be the place of the node itself', async () => {
    await node.want(spec())
    await runs()
    await node.say('place', 'place', { ...PLACE, subnetV4: 'here' })
    await node.pass(1_000)
    node.machine.exit(ID, 1)
    await node.until('it is started again', () => node.startsOf(ID) === 2)
    await runs()
  })

  it('does not keep it from being removed', async () => {
    await node.want(spec())
    await runs()
    await node.say(ID, 'instance', null)
    await node.unwant(ID)
    await node.until('it is gone', () => !node.machine.workloads.has(ID) && node.remembered(ID) === undefined)
  })
})

describe('a node that never had a document', () => {
  it('removes nothing', async () => {
    await using stranger = new TestNode()
    stranger.machine.run({ ...workload, id: ID })
    await stranger.boot()
    await stranger.pass(HOUR_MS)
    expect(stranger.isRunning(ID)).toBe(true)
  })
})

const workload = {
  revision: 1,
  labels: {},
  image: 'fake://run',
  command: [],
  environment: [],
  hostname: 'x',
  limits: {},
  privileged: false,
  netnsPath: '/fake',
  mounts: [],
  stdoutPath: '/fake',
  stderrPath: '/fake',
}

describe('other words about the same revision', () => {
  it('are taken in without a restart', async () => {
    await node.want(spec())
    await runs()
    await node.want(spec({ term: 4, stopGraceMs: 1_000 }))
    await sees('the term is told', ({ term }) => term === 4)
    await node.until('they are remembered', () => node.remembered(ID)?.spec.stopGraceMs === 1_000)
    expect(node.startsOf(ID)).toBe(1)
  })
})

describe('the facts of a node', () => {
  const said = () => node.facts.at(-1)

  it('carry what its configuration says', async () => {
    await node.until('they were said', () => node.facts.length > 0)
    expect(said()).toMatchObject({
      name: 'n1',
      labels: ['zone=a'],
      location: { lat: 48.1, lon: 11.5 },
      virtualizations: ['container', 'docker'],
    })
  })

  it('are said again when a runtime breaks or works again, or the disk fills up', async () => {
    await node.until('they were said', () => node.facts.length > 0)
    node.hardware.storageFreeMiB = 9_500
    await node.pass(120_000)
    expect(node.facts).toHaveLength(1)
    node.hardware.storageFreeMiB = 8_900
    await node.until('the disk is told', () => said()?.storageFreeMiB === 8_900)
    node.hardware.isRuntimeBroken = true
    await node.until('the runtime is told', () => said()?.virtualizations.length === 0)
    await node.pass(120_000)
    expect(node.facts).toHaveLength(3)
    expect(node.logger.lines.filter(({ message }) => message === 'a runtime does not work')).toHaveLength(1)
    node.hardware.isRuntimeBroken = false
    await node.until('it is told that it works', () => (said()?.virtualizations.length ?? 0) > 0)
  })
})
