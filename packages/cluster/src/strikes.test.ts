import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Scene } from './testing/scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await Scene.open({ nodes: ['n1', 'n2', 'n3', 'n4'] })
})
afterEach(() => scene[Symbol.asyncDispose]())

const failing = (strikes: number) => ({ state: 'dead', detail: 'exited with code 1', exitCode: 1, strikes }) as const

/** It fails that often on the node it has, and stays there or moves: where it is then. */
async function failsUntil(strikes: number): Promise<string> {
  scene.node(scene.whoRuns('web-1')).say('web-1', failing(strikes))
  await scene.clock.advance(2_000)
  return scene.whoRuns('web-1')
}

describe('an instance that fails again and again', () => {
  it('is tried on three nodes, each twice as often as the one before, and then no longer moved', async () => {
    const first = await scene.running('web-1')
    expect(await failsUntil(4)).toBe(first)
    const second = await failsUntil(5)
    expect(await failsUntil(9)).toBe(second)
    const third = await failsUntil(10)
    expect(new Set([first, second, third]).size).toBe(3)
    expect(await failsUntil(19)).toBe(third)
    expect(scene.root.seen.get('web-1')?.exhausted).toBeUndefined()
    expect(await failsUntil(20)).toBe(third)
    expect(await failsUntil(40)).toBe(third)
    expect(scene.root.seen.get('web-1')).toMatchObject({ state: 'dead', exhausted: true, strikes: 40 })
    expect(scene.root.seen.get('web-1')?.detail).toBe('could not be run on 3 nodes; exited with code 1')
  })

  it('is known to have failed after the cluster was restarted', async () => {
    await scene.running('web-1')
    const second = await failsUntil(5)
    await scene.stopCluster()
    await scene.startCluster()
    await scene.until('everybody is connected', () => scene.isComplete)
    expect(await failsUntil(9)).toBe(second)
    expect(await failsUntil(10)).not.toBe(second)
  })

  it('has nothing against it any more once it has run well for a minute', async () => {
    await scene.running('web-1')
    const second = await failsUntil(5)
    await scene.clock.advance(70_000)
    const third = await failsUntil(5)
    expect(third).not.toBe(second)
  })

  it('counts as exhausted when there is nowhere to go, and moves when there is', async () => {
    const home = await scene.running('web-1', { resources: { memoryMiB: 900 } })
    for (const id of ['a-1', 'b-1', 'c-1']) await scene.running(id, { resources: { memoryMiB: 900 } })
    expect(await failsUntil(19)).toBe(home)
    expect(scene.root.seen.get('web-1')?.exhausted).toBeUndefined()
    expect(await failsUntil(20)).toBe(home)
    expect(scene.root.seen.get('web-1')).toMatchObject({ exhausted: true })
    expect(scene.root.seen.get('web-1')?.detail).toContain('could not be run on 1 node; failed 20 times in a row on')
    await scene.root.remove('b-1')
    await scene.until('it has moved', () => scene.whoRuns('web-1') !== home && scene.root.says('web-1').startsWith('running'))
    expect(scene.root.seen.get('web-1')?.exhausted).toBeUndefined()
  })

  it('starts anew with another revision', async () => {
    await scene.running('web-1')
    const second = await failsUntil(5)
    const spec = scene.node(second).running.get('web-1')
    if (!spec) throw new Error('it does not run')
    await scene.root.want({ ...spec, revision: 2, term: 0 })
    await scene.clock.advance(1_000)
    expect(await failsUntil(4)).toBe(second)
    expect(await failsUntil(5)).not.toBe(second)
  })

  it('is not moved when it ended by itself and is never to be started again', async () => {
    const home = await scene.running('once-1', { oneShot: true })
    scene.node(home).say('once-1', { state: 'failed', exitCode: 1, strikes: 50 })
    await scene.clock.advance(10_000)
    expect(scene.whoRuns('once-1')).toBe(home)
  })
})
