import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR_MS, ID, spec, stopping, YEAR_MS } from './testing/life-samples.ts'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
beforeEach(async () => {
  node = await TestNode.start()
})
afterEach(() => node[Symbol.asyncDispose]())

describe('an instance that ends itself when it hears nothing', () => {
  it('ends when the link has been cut for its time, and runs again when the cluster is heard', async () => {
    await node.want(stopping(20_000))
    await node.runs()
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
    await node.sees('no strike is counted', (seen) => seen.state === 'running' && seen.strikes === undefined)
  })

  it('does not run again when the cluster wants it no more', async () => {
    await node.want(stopping(20_000))
    await node.runs()
    node.cut()
    await node.until('it ended', () => !node.isRunning(ID))
    await node.unwant(ID)
    node.restore()
    await node.until('it is forgotten', () => node.remembered(ID) === undefined)
    expect(node.startsOf(ID)).toBe(1)
  })

  it('counts on over a restart of the agent, and over the loss of power', async () => {
    await node.want(stopping(20_000))
    await node.runs()
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
    await node.runs()
    await node.pass(10_000)
    node.cut()
    await node.halt()
    node.clock.jumpWall(-YEAR_MS)
    await node.boot()
    await node.until('it ended', () => !node.isRunning(ID))
    node.restore()
    await node.runs()
  })

  it('goes on over a restart of the agent while the cluster is there', async () => {
    await node.want(stopping(5_000))
    await node.runs()
    await node.halt()
    await node.pass(1_000)
    await node.boot()
    await node.pass(HOUR_MS)
    expect(node.startsOf(ID)).toBe(1)
  })

  it('ends also when nothing can be written', async () => {
    await node.want(stopping(20_000))
    await node.runs()
    node.hardware.isDiskFull = true
    node.cut()
    await node.pass(21_500)
    expect(node.isRunning(ID)).toBe(false)
  })

  it.each(['replace', 'keep'] as const)('is not one whose policy is %s', async (action) => {
    await node.want(spec({ disconnect: { action, afterMs: 1_000, siteOnly: false } }))
    await node.runs()
    node.cut()
    await node.pass(HOUR_MS)
    expect(node.isRunning(ID)).toBe(true)
    expect(node.startsOf(ID)).toBe(1)
  })
})
