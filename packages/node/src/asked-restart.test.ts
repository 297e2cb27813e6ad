import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ID, spec } from './testing/life-samples.ts'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
beforeEach(async () => {
  node = await TestNode.start()
})
afterEach(() => node[Symbol.asyncDispose]())

const ready = (asked: number) => node.sees('it runs again', (seen) => seen.state === 'running' && seen.restartsAsked === asked)

describe('a restart that is asked for', () => {
  it('gives an instance a new process in the same place, once for each time it is asked for', async () => {
    await node.want(spec())
    await node.runs()
    const { namespaceV4, attached } = node.remembered(ID) ?? {}
    await node.want(spec({ restartsAsked: 1 }))
    await ready(1)
    expect(node.told.get(ID)).toMatchObject({ restarts: 1, detail: 'started again 1 time' })
    expect(node.told.get(ID)).not.toHaveProperty('strikes')
    expect(node.remembered(ID)).toMatchObject({ namespaceV4, attached })
    await node.pass(600_000)
    expect(node.startsOf(ID)).toBe(2)
    await node.want(spec({ restartsAsked: 3 }))
    await ready(3)
    await node.pass(600_000)
    expect(node.startsOf(ID)).toBe(3)
    expect(node.told.get(ID)?.restarts).toBe(2)
  })

  it('gives the process its grace period', async () => {
    await node.want(spec({ image: 'fake://stubborn', stopGraceMs: 5_000 }))
    await node.runs()
    await node.want(spec({ image: 'fake://stubborn', stopGraceMs: 5_000, restartsAsked: 1 }))
    await node.sees('it is on its way', ({ state, detail }) => state === 'creating' && detail === 'being started again, as asked for')
    await node.pass(3_000)
    expect(node.startsOf(ID)).toBe(1)
    await ready(1)
  })

  it('waits for no pause, and holds nothing against the next process', async () => {
    await node.want(spec({ image: 'fake://exit?code=1&after=100' }))
    await node.sees('it fell six times', ({ strikes = 0 }) => strikes === 6)
    const starts = node.startsOf(ID)
    await node.want(spec({ image: 'fake://exit?code=1&after=100', restartsAsked: 1 }))
    await node.pass(500)
    expect(node.startsOf(ID)).toBeGreaterThan(starts)
    expect(node.told.get(ID)?.strikes ?? 0).toBeLessThan(3)
  })

  it('came with the first word about an instance, and is no reason to start it twice', async () => {
    await node.want(spec({ restartsAsked: 4 }))
    await ready(4)
    expect(node.told.get(ID)?.restarts).toBe(0)
    await node.pass(60_000)
    expect(node.startsOf(ID)).toBe(1)
  })

  it.each(['get', 'stop', 'remove', 'ensureImage', 'start'])('starts one process when the agent ends at its call %s', async (act) => {
    await node.want(spec())
    await node.runs()
    let isArmed = true
    node.machine.beforeAct = (what, id) => {
      if (isArmed && what === act && (id === ID || what === 'ensureImage')) throw new Error('the agent is gone')
    }
    await node.want(spec({ restartsAsked: 1 }))
    await node.pass(1_000)
    await node.halt()
    isArmed = false
    await node.boot()
    await ready(1)
    await node.pass(600_000)
    expect(node.startsOf(ID)).toBe(2)
    expect(node.told.get(ID)?.restarts).toBe(1)
  })

  it('is not repeated when the agent ends before it could write down that the process runs', async () => {
    await node.want(spec())
    await node.runs()
    node.machine.beforeAct = (what) => {
      if (what === 'start') node.hardware.isDiskFull = true
    }
    await node.want(spec({ restartsAsked: 1 }))
    await node.until('it was started', () => node.startsOf(ID) === 2)
    await node.halt()
    node.machine.beforeAct = () => undefined
    node.hardware.isDiskFull = false
    await node.boot()
    await ready(1)
    await node.pass(600_000)
    expect(node.startsOf(ID)).toBe(2)
    expect(node.told.get(ID)?.restarts).toBe(1)
  })

  it('ends nothing while it cannot be noted', async () => {
    await node.want(spec())
    await node.runs()
    node.machine.beforeAct = (what) => {
      if (what === 'stop') throw new Error('it was stopped')
    }
    node.hardware.isDiskFull = true
    await node.want(spec({ restartsAsked: 1 }))
    await node.pass(60_000)
    expect(node.isRunning(ID)).toBe(true)
    node.machine.beforeAct = () => undefined
    node.hardware.isDiskFull = false
    await ready(1)
  })
})
