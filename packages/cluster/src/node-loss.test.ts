import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Scene } from './testing/scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await Scene.open({ nodes: ['n1', 'n2', 'n3', 'n4', 'n5'] })
})
afterEach(() => scene[Symbol.asyncDispose]())

const NAMES = ['n1', 'n2', 'n3', 'n4', 'n5']
/** Only one node has room for it. */
const LARGE = { resources: { memoryMiB: 900 } }

/** Fills every node but one, so that nothing of the same size fits anywhere else. */
async function fillOthers(): Promise<void> {
  for (const index of [1, 2, 3, 4]) await scene.running(`full-${index}`, LARGE)
}

describe('an instance of a node that is lost', () => {
  it('runs elsewhere within a lease and half a second, and its old copy ends when the node returns', async () => {
    const first = await scene.running('web-1')
    scene.cut(first)
    await scene.until('it runs twice', () => scene.whoRuns('web-1').includes('+'), 4_500)
    const second = scene.whoRuns('web-1').replace(first, '').replace('+', '')
    await scene.until('root knows', () => scene.root.says('web-1') === `running ${second}`, 200)
    scene.restore(first)
    await scene.until('the old copy is gone', () => scene.whoRuns('web-1') === second)
    expect(scene.root.says('web-1')).toBe(`running ${second}`)
  })

  it('carries a higher term at its new node, and the term of root towards root', async () => {
    const first = await scene.running('web-1', { term: 3 })
    const before = scene.node(first).running.get('web-1')?.term ?? 0
    scene.cut(first)
    await scene.until('it runs twice', () => scene.whoRuns('web-1').includes('+'))
    const second = scene.whoRuns('web-1').replace(first, '').replace('+', '')
    expect(scene.node(second).running.get('web-1')?.term).toBe(before + 1)
    expect(scene.root.seen.get('web-1')?.term).toBe(3)
  })

  it('stays where it is when nobody else takes it, says why, and goes on there when the node returns', async () => {
    const home = await scene.running('web-1', LARGE)
    await fillOthers()
    scene.cut(home)
    await scene.until('root is told', () => scene.root.says('web-1') === 'unplaced')
    const { detail, rejection } = scene.root.seen.get('web-1') ?? {}
    expect(detail).toContain(`the node ${home} is lost, and nobody else takes it: none of 5 nodes can take it`)
    expect(rejection?.candidates).toHaveLength(5)
    scene.restore(home)
    await scene.until('it goes on', () => scene.root.says('web-1') === `running ${home}`)
    expect([scene.whoRuns('web-1'), scene.root.seen.get('web-1')?.detail]).toEqual([home, ''])
  })

  it('moves as soon as another node has room, when none had at first', async () => {
    const home = await scene.running('web-1', LARGE)
    await fillOthers()
    scene.cut(home)
    await scene.until('root is told', () => scene.root.says('web-1') === 'unplaced')
    await scene.root.remove('full-1')
    await scene.until('it runs elsewhere', () => scene.whoRuns('web-1').includes('+'), 5_000)
  })

  it('stays for as long as its policy is to stay, and says where it is', async () => {
    const home = await scene.running('web-1', { disconnect: { action: 'keep', siteOnly: false } })
    scene.cut(home)
    await scene.clock.advance(600_000)
    expect(scene.whoRuns('web-1')).toBe(home)
    expect(scene.root.says('web-1')).toBe(`running ${home}`)
    expect(scene.root.seen.get('web-1')?.detail).toBe(`its node ${home} is lost`)
  })

  it('starts elsewhere only after it has ended itself, when its policy is never to run twice', async () => {
    const home = await scene.running('web-1', { disconnect: { action: 'stop', afterMs: 20_000, siteOnly: false } })
    scene.cut(home)
    // The time it was given, its grace of a second, and a margin.
    await scene.clock.advance(25_500)
    expect(scene.whoRuns('web-1')).toBe(home)
    await scene.until('it runs elsewhere', () => scene.whoRuns('web-1').includes('+'), 1_500)
  })

  it('waits as long as its service wants it to', async () => {
    const home = await scene.running('web-1', { disconnect: { action: 'replace', afterMs: 30_000, siteOnly: false } })
    scene.cut(home)
    await scene.clock.advance(29_000)
    expect(scene.whoRuns('web-1')).toBe(home)
    await scene.until('it runs elsewhere', () => scene.whoRuns('web-1').includes('+'), 2_000)
  })

  it('is not started again when it had completed', async () => {
    const home = await scene.running('once-1', { oneShot: true })
    scene.node(home).say('once-1', { state: 'completed', exitCode: 0 })
    await scene.until('root knows', () => scene.root.says('once-1') === `completed ${home}`)
    scene.cut(home)
    await scene.clock.advance(600_000)
    expect([scene.whoRuns('once-1'), scene.root.says('once-1')]).toEqual([home, `completed ${home}`])
  })
})

describe('a node that is away', () => {
  it.each([
    ['its agent says that it goes', 60_000, (name: string) => scene.node(name).stop()],
    ['its connection breaks', 15_000, async (name: string) => breakForGood(name)],
  ])('keeps what it has for a while when %s', async (_how, graceMs, go) => {
    const home = await scene.running('web-1')
    await go(home)
    await scene.clock.advance(graceMs - 1_000)
    expect(scene.whoRuns('web-1')).toBe(home)
    expect(scene.root.seen.get('web-1')?.detail).toContain(`its node ${home} is not heard of at the moment`)
    await scene.until('it is given up', () => scene.whoRuns('web-1').includes('+'), 3_000)
  })

  it('keeps what it has when its agent is started again', async () => {
    const home = await scene.running('web-1')
    await scene.node(home).stop()
    await scene.clock.advance(5_000)
    scene.node(home).start()
    await scene.clock.advance(120_000)
    expect([scene.whoRuns('web-1'), scene.root.says('web-1')]).toEqual([home, `running ${home}`])
  })
})

/** As when a process dies and its machine says so. */
async function breakForGood(name: string): Promise<void> {
  const { id } = scene.node(name)
  scene.network.breakOff(id)
  scene.cut(name)
}

describe('a cluster that loses most of its nodes at once', () => {
  it('suspects itself, and gives none up for a minute', async () => {
    const ids = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5']
    for (const id of ids) await scene.running(id)
    for (const name of NAMES.slice(0, 4)) scene.cut(name)
    await scene.clock.advance(55_000)
    expect(ids.map((id) => scene.whoRuns(id)).filter((who) => who.includes('+'))).toEqual([])
    await scene.until('the last one takes them', () => ids.every((id) => scene.whoRuns(id).includes('n5')), 15_000)
  })

  it('moves nothing when it was itself restarted while all nodes are silent, until it has waited as long', async () => {
    const home = await scene.running('web-1')
    for (const name of NAMES) scene.cut(name)
    await scene.clock.advance(2_000)
    await scene.stopCluster()
    await scene.startCluster()
    for (const name of NAMES) if (name !== home) scene.restore(name)
    await scene.clock.advance(14_000)
    expect(scene.whoRuns('web-1')).toBe(home)
    await scene.until('it runs elsewhere', () => scene.whoRuns('web-1').includes('+'), 60_000)
  })
})

describe('an instance that is removed', () => {
  it('is gone at once when its node is lost, which ends it when it returns', async () => {
    const home = await scene.running('web-1', { disconnect: { action: 'keep', siteOnly: false } })
    scene.cut(home)
    await scene.clock.advance(10_000)
    await scene.root.remove('web-1')
    await scene.until('root hears that it is gone', () => scene.root.says('web-1') === 'nothing', 1_000)
    expect(scene.whoRuns('web-1')).toBe(home)
    scene.restore(home)
    await scene.until('its node ended it', () => scene.whoRuns('web-1') === '')
  })

  it('is waited for while its node is only away', async () => {
    const home = await scene.running('web-1')
    await scene.node(home).stop()
    await scene.root.remove('web-1')
    await scene.clock.advance(20_000)
    expect(scene.root.says('web-1')).toBe(`running ${home}`)
    scene.node(home).start()
    await scene.until('it is gone', () => scene.root.says('web-1') === 'nothing' && scene.whoRuns('web-1') === '')
  })

  it('leaves nothing in the store', async () => {
    const home = await scene.running('web-1')
    scene.cut(home)
    await scene.until('it runs twice', () => scene.whoRuns('web-1').includes('+'))
    await scene.root.remove('web-1')
    scene.restore(home)
    await scene.until('it is gone', () => scene.root.says('web-1') === 'nothing' && scene.whoRuns('web-1') === '')
    await scene.clock.advance(1_000)
    expect(await scene.leftovers()).toEqual([])
  })
})
