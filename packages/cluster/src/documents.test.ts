import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { factsOf, type SpecChanges, specOf } from './testing/sample-spec.ts'
import { Scene } from './testing/scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await Scene.open({ nodes: ['n1', 'n2'] })
})
afterEach(() => scene[Symbol.asyncDispose]())

const LARGE = { resources: { memoryMiB: 900 } }

describe('nonsense from a node', () => {
  it.each([
    ['facts', () => sayFacts('n1', { name: 7 })],
    ['a report', () => scene.node('n1').say('web-1', { state: 'excellent' as 'running' })],
  ])('ends its connection, and changes nothing: %s', async (_what, talk) => {
    await scene.change('n2', { cordoned: true })
    await scene.running('web-1')
    talk()
    await scene.until('it is sent away', () => !scene.cluster.connectedNodes().has(scene.node('n1').id), 2_000)
    expect(scene.cluster.connectedNodes()).toContain(scene.node('n2').id)
    expect((await scene.nodeViews())['n1']).toMatchObject({ facts: { name: 'n1' }, instances: 1 })
    expect(scene.root.says('web-1')).toBe('running n1')
  })

  function sayFacts(name: string, facts: unknown): void {
    scene.node(name).facts = facts
    scene.node(name).factsChanged()
  }

  it('about an instance that it does not have is not believed', async () => {
    const home = await scene.running('web-1')
    const other = home === 'n1' ? 'n2' : 'n1'
    scene.node(other).running.set('web-1', specOf('web-1'))
    scene.node(other).say('web-1', { state: 'failed' })
    await scene.clock.advance(1_000)
    expect(scene.root.says('web-1')).toBe(`running ${home}`)
  })
})

describe('nonsense from root', () => {
  it('about one instance leaves it as it is, and the others go on', async () => {
    const home = await scene.running('web-1')
    await scene.root.put(
      { id: 'web-1', kind: 'instance', body: { instanceId: 'web-1', revision: 'new' } },
      { id: 'web-2', kind: 'instance', body: 'nothing' },
      { id: 'web-3', kind: 'instance', body: specOf('web-4') },
    )
    await scene.running('db-1')
    expect([scene.whoRuns('web-1'), scene.root.says('web-1')]).toEqual([home, `running ${home}`])
    for (const id of ['web-1', 'web-2', 'web-3']) expect(scene.root.seen.get(id)?.detail).toContain('cannot be understood')
    await scene.root.want(specOf('web-1', { revision: 2 }))
    await scene.until('it is understood again', () => scene.root.seen.get('web-1')?.detail === '')
    expect(scene.root.seen.get('web-1')?.revision).toBe(2)
  })

  it('about addresses keeps nodes without any from being ready, and no others', async () => {
    await scene.root.put({ id: 'addressing', kind: 'addressing', body: { blocksV4: 'all' } })
    await scene.addNode('n3')
    await scene.until('it is connected', () => scene.isComplete)
    expect(await scene.running('web-1')).toMatch(/^n[12]$/)
  })
})

describe('a document', () => {
  it('that wants nothing any more is an order like any other', async () => {
    const ids = ['a-1', 'b-1', 'c-1']
    for (const id of ids) await scene.running(id)
    await scene.root.remove(...ids)
    await scene.until('all are gone', () => ids.every((id) => scene.whoRuns(id) === '' && scene.root.says(id) === 'nothing'))
    await scene.clock.advance(1_000)
    expect(await scene.leftovers()).toEqual([])
  })

  it('is kept while root is away, and so is everything it wants', async () => {
    const home = await scene.running('web-1')
    scene.network.cut('c'.repeat(24))
    await scene.clock.advance(3_600_000)
    expect(scene.whoRuns('web-1')).toBe(home)
  })
})

describe('a spec that changes', () => {
  const changed = (changes: SpecChanges) => scene.root.want(specOf('web-1', { revision: 2, ...changes }))

  it('is handed down to the node that has it, with the room it needs', async () => {
    const home = await scene.running('web-1')
    await changed({ resources: { memoryMiB: 600 } })
    await scene.until('it runs so', () => scene.root.seen.get('web-1')?.revision === 2)
    expect(scene.whoRuns('web-1')).toBe(home)
    await scene.change(home === 'n1' ? 'n2' : 'n1', { cordoned: true })
    await scene.root.want(specOf('db-1', { resources: { memoryMiB: 500 } }))
    await scene.until('there is no room left', () => scene.root.seen.get('db-1')?.rejection)
  })

  it('moves the instance when its node cannot take the difference, never running it twice', async () => {
    const home = await scene.running('web-1', { resources: { memoryMiB: 400 } })
    const other = home === 'n1' ? 'n2' : 'n1'
    await scene.change(other, { cordoned: true })
    await scene.running('db-1', { resources: { memoryMiB: 400 } })
    await scene.change(other, { cordoned: false })
    await changed({ resources: { memoryMiB: 700 } })
    await scene.until('it has moved', () => {
      expect(scene.whoRuns('web-1')).not.toContain('+')
      return scene.root.says('web-1') === `running ${other}`
    })
    expect(scene.root.seen.get('web-1')?.revision).toBe(2)
  })

  it('leaves the instance as it was when no node can take the difference, and says so', async () => {
    const home = await scene.running('web-1', LARGE)
    await changed({ resources: { memoryMiB: 5_000 } })
    await scene.until('root is told', () => scene.root.seen.get('web-1')?.detail.includes('cannot take revision 2'))
    expect(scene.root.seen.get('web-1')).toMatchObject({ state: 'running', revision: 1, nodeName: home })
    await changed({ revision: 3, resources: { memoryMiB: 800 } })
    await scene.until('it runs the next one', () => scene.root.seen.get('web-1')?.revision === 3)
    expect(scene.root.seen.get('web-1')?.detail).toBe('')
  })
})

describe('what root is told', () => {
  it('is since when an instance waits for its node', async () => {
    await scene.change('n2', { cordoned: true })
    scene.network.stall(scene.node('n1').id)
    await scene.root.want(specOf('web-1'))
    await scene.until('it is placed', () => scene.root.says('web-1') === 'node-scheduled n1', 2_000)
    expect(scene.root.seen.get('web-1')?.detail).toMatch(/^waiting for the node n1 to begin since 2026-01-01T00:00:\d\d/)
  })

  it('are facts when they change, and only then', async () => {
    await scene.running('web-1')
    await scene.clock.advance(1_000)
    const told = scene.root.facts.length
    scene.node('n1').factsChanged()
    await scene.node('n2').stop()
    scene.node('n2').start()
    await scene.clock.advance(200_000)
    expect(scene.root.facts.length - told).toBeLessThanOrEqual(2)
    expect(scene.root.facts.at(-1)).toMatchObject({ activeNodes: 2, nodeNames: ['n1', 'n2'], areas: [] })
  })

  it('is where its nodes are, in as few circles as will do', async () => {
    const places = { n1: { lat: 48.1, lon: 11.6 }, n2: { lat: 48.1, lon: 11.6 } }
    for (const [name, location] of Object.entries(places)) {
      const coordinates = { position: [name === 'n1' ? 1 : 3, 0], heightMs: 1, error: 0.5 }
      scene.node(name).facts = factsOf(name, { location, coordinates })
      scene.node(name).factsChanged()
    }
    await scene.until('root knows', () => scene.root.facts.at(-1)?.coordinates?.position[0] === 2)
    expect(scene.root.facts.at(-1)?.areas).toEqual([{ lat: 48.1, lon: 11.6, radiusKm: 0 }])
  })
})

describe('an external scheduler', () => {
  it('is asked first, and what it says is taken when it fits', async () => {
    await using chosen = await Scene.open({
      nodes: ['n1', 'n2', 'n3'],
      chooser: async (_request, candidates) => ({ ok: true, candidateId: candidates.find(({ name }) => name === 'n3')?.id ?? '' }),
    })
    expect(await chosen.running('web-1', LARGE)).toBe('n3')
    expect(await chosen.running('web-2', LARGE)).not.toBe('n3')
  })

  it('that does not answer is done without', async () => {
    await using chosen = await Scene.open({ nodes: ['n1'], chooser: async () => ({ ok: false, warning: 'it is slow' }) })
    expect(await chosen.running('web-1')).toBe('n1')
  })
})
