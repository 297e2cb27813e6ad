import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR_MS, health, ID, OTHER, other, spec, YEAR_MS } from './testing/life-samples.ts'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
beforeEach(async () => {
  node = await TestNode.start()
})
afterEach(() => node[Symbol.asyncDispose]())

describe('the loss of power with the uplink cut', () => {
  it('brings back everything from what the node knows, and nothing that is over', async () => {
    const once = other({ image: 'fake://exit?code=0&after=100', oneShot: true })
    await node.want(spec())
    await node.want(once)
    await node.runs()
    await node.sees('the one-shot is done', ({ state }) => state === 'completed', OTHER)
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
    await node.sees('it waits for long', ({ strikes = 0 }) => strikes >= 8)
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
    await node.runs()
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
    await node.runs()
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
    await node.sees('it is healthy', (seen) => seen.health === 'healthy')
    node.hardware.isDiskFull = true
    await node.pass(10 * 60_000)
    expect(node.told.get(ID)).toMatchObject({ state: 'running', health: 'healthy' })
    expect(node.startsOf(ID)).toBe(1)
    node.machine.exit(ID, 1)
    await node.sees('its end is told', ({ state, detail }) => state === 'dead' && detail === 'exited with code 1')
    await node.want(other())
    await node.pass(60_000)
    node.hardware.isDiskFull = false
    await node.runs()
    await node.runs(OTHER)
    expect(node.told.get(ID)?.strikes).toBe(1)
  })

  it('takes nothing out of its service that was started at that moment', async () => {
    await node.want(spec())
    const { machine, hardware } = node
    machine.beforeAct = (act) => {
      if (act === 'start') hardware.isDiskFull = true
    }
    await node.until('it was started', () => node.startsOf(ID) === 1)
    await node.until('its service leads to it', () => node.serviceTargets('10.30.0.1') === '10.30.0.2')
    hardware.isDiskFull = false
    machine.beforeAct = () => undefined
    await node.runs()
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(1)
  })
})
