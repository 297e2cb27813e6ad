import { generateKeyPairSync } from 'node:crypto'
import { makeSigningRequest, parseJoinToken } from '@oakestra/pki'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { factsOf, specOf } from './testing/sample-spec.ts'
import { Scene } from './testing/scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await Scene.open({ nodes: ['n1', 'n2', 'n3'] })
})
afterEach(() => scene[Symbol.asyncDispose]())

const LARGE = { resources: { memoryMiB: 900 } }
const labelled = (need: string) => ({ constraints: [{ type: 'labels', needs: [need] } as const] })

describe('a node that is cordoned', () => {
  it('keeps what it has and gets nothing new', async () => {
    const home = await scene.running('web-1', LARGE)
    const view = await scene.change(home, { cordoned: true })
    expect(view).toMatchObject({ cordoned: true, draining: false, presence: 'here', instances: 1 })
    await scene.root.remove('web-1')
    await scene.until('it is gone', () => scene.root.says('web-1') === 'nothing')
    for (const id of ['db-1', 'db-2']) expect(await scene.running(id, LARGE)).not.toBe(home)
  })

  it('is no room that root is told of', async () => {
    const before = scene.root.facts.at(-1)?.memoryFreeMiB
    await scene.change('n1', { cordoned: true })
    await scene.until('root knows', () => scene.root.facts.at(-1)?.memoryFreeMiB !== before)
    expect(scene.root.facts.at(-1)).toMatchObject({ memoryFreeMiB: 2_000, activeNodes: 3 })
  })

  it('takes what was refused when it is opened again', async () => {
    for (const name of ['n1', 'n2', 'n3']) await scene.change(name, { cordoned: true })
    await scene.root.want(specOf('web-1'))
    await scene.until('it is refused', () => scene.root.seen.get('web-1')?.rejection)
    await scene.change('n2', { cordoned: false })
    await scene.until('it runs', () => scene.root.says('web-1') === 'running n2', 2_000)
  })
})

describe('labels of a node', () => {
  it('are those of its configuration and those of operators, and make room for who needs them', async () => {
    await scene.root.want(specOf('web-1', labelled('disk=fast')))
    await scene.until('it is refused', () => scene.root.seen.get('web-1')?.rejection)
    scene.node('n3').facts = factsOf('n3', { labels: ['arch=old'] })
    scene.node('n3').factsChanged()
    await scene.change('n3', { labels: ['disk=fast', 'disk=fast'] })
    await scene.until('it runs', () => scene.root.says('web-1') === 'running n3', 2_000)
    expect((await scene.nodeViews())['n3']?.labels).toEqual(['arch=old', 'disk=fast'])
    expect(scene.root.facts.at(-1)?.slots.flatMap(({ labels = [] }) => labels)).toContain('disk=fast')
  })

  it('and why it does not offer what is switched on, are what root is told', async () => {
    scene.node('n2').facts = factsOf('n2', { faults: { unikernel: 'QEMU is not installed' } })
    scene.node('n2').factsChanged()
    const faults = () => Object.assign({}, ...(scene.root.facts.at(-1)?.slots ?? []).map((slot) => slot.faults))
    await scene.until('root knows', () => faults().unikernel === 'node n2: QEMU is not installed')
    await scene.root.want(specOf('web-1', { virtualization: 'unikernel' }))
    await scene.until('it is refused', () => scene.root.seen.get('web-1')?.rejection)
    const detail = scene.root.seen.get('web-1')?.rejection?.detail
    expect(detail).toMatch(/needs the virtualization unikernel, offered is container; node n2: QEMU is not installed$/)
  })

  it.each([
    [{ labels: ['no value'] }, 'key=value'],
    [{ labels: Array.from({ length: 65 }, (_, index) => `k=${index}`) }, '64 labels at most'],
    [{ draining: true, cordoned: false }, 'cannot be drained and not cordoned'],
  ])('that are wrong are refused and change nothing: %#', async (wish, message) => {
    await expect(scene.change('n1', wish)).rejects.toThrow(message)
    expect((await scene.nodeViews())['n1']).toMatchObject({ cordoned: false, draining: false, labels: [] })
  })
})

describe('a node that is drained', () => {
  it('is emptied without two copies of anything, one instance of each service at a time', async () => {
    for (const name of ['n2', 'n3']) await scene.change(name, { cordoned: true })
    const ids = ['web-1', 'web-2', 'web-3', 'db-1']
    for (const id of ids) expect(await scene.running(id)).toBe('n1')
    for (const name of ['n2', 'n3']) await scene.change(name, { cordoned: false })
    await scene.change('n1', { draining: true })
    await scene.until('it is empty', () => {
      const places = ids.map((id) => scene.whoRuns(id))
      expect(places.filter((place) => place.includes('+'))).toEqual([])
      expect(['web-1', 'web-2', 'web-3'].filter((id) => scene.whoRuns(id) === '').length).toBeLessThanOrEqual(1)
      return places.every((place) => place === 'n2' || place === 'n3')
    })
    await scene.until('root knows', () => ids.every((id) => /running n[23]/.test(scene.root.says(id))))
    expect((await scene.nodeViews())['n1']).toMatchObject({ instances: 0, cordoned: true, draining: true })
  })

  it('keeps what nobody else takes, says so, and lets it go when there is room', async () => {
    for (const id of ['a-1', 'b-1', 'c-1']) await scene.running(id, LARGE)
    const home = scene.whoRuns('a-1')
    await scene.change(home, { draining: true })
    await scene.until('root is told', () => scene.root.seen.get('a-1')?.detail.includes('it stays, for nobody else takes it'))
    expect(scene.root.says('a-1')).toBe(`running ${home}`)
    await scene.root.remove('b-1')
    await scene.until('it has moved', () => scene.root.says('a-1').startsWith('running') && scene.whoRuns('a-1') !== home, 5_000)
  })

  it('keeps the record of a one-shot that has ended', async () => {
    const home = await scene.running('once-1', { oneShot: true })
    scene.node(home).say('once-1', { state: 'failed', exitCode: 3 })
    await scene.until('root knows', () => scene.root.says('once-1') === `failed ${home}`)
    await scene.change(home, { draining: true })
    await scene.clock.advance(60_000)
    expect(scene.whoRuns('once-1')).toBe(home)
  })

  it('moves an instance at once when it dies in the middle of it', async () => {
    const home = await scene.running('web-1')
    scene.node(home).isStubborn = true
    await scene.change(home, { draining: true })
    await scene.until('it is on its way', () => scene.root.seen.get('web-1')?.detail.includes('on its way to another node'))
    await scene.clock.advance(5_000)
    expect(scene.whoRuns('web-1')).toBe(home)
    scene.cut(home)
    await scene.until('it runs elsewhere', () => scene.whoRuns('web-1').includes('+'), 6_000)
  })
})

describe('a node that is removed', () => {
  const remove = (name: string) => scene.ask('nodes.remove', { nodeId: scene.node(name).id })

  it('gives away what it has, also what finds no place, and is refused from then on', async () => {
    for (const id of ['a-1', 'b-1', 'c-1']) await scene.running(id, LARGE)
    const home = scene.whoRuns('a-1')
    scene.node(home).isStubborn = true
    await remove(home)
    expect((await scene.nodeViews())[home]).toMatchObject({ removing: true })
    await scene.node(home).obey()
    await scene.until('it is gone', async () => !(home in (await scene.nodeViews())))
    await scene.until('root knows', () => scene.root.says('a-1') === 'unplaced')
    await scene.clock.advance(30_000)
    expect([scene.node(home).connected, scene.whoRuns('a-1')]).toEqual([false, ''])
    expect(await scene.orders()).toEqual(['b-1', 'c-1'])
  })

  it('loses what it has at once when it is lost, and ends it when it returns, before it is refused', async () => {
    const home = await scene.running('web-1', { disconnect: { action: 'keep', siteOnly: false } })
    scene.cut(home)
    await scene.clock.advance(10_000)
    await remove(home)
    await scene.until('it runs elsewhere', () => scene.whoRuns('web-1').includes('+'), 1_000)
    expect(Object.keys(await scene.nodeViews())).not.toContain(home)
    scene.restore(home)
    await scene.until('it ended the old copy', () => !scene.node(home).running.has('web-1'))
    await scene.clock.advance(30_000)
    expect(scene.node(home).connected).toBe(false)
    expect(scene.whoRuns('web-1')).toMatch(/^n\d$/)
  })

  it('does not take the record of a completed one-shot with it', async () => {
    const home = await scene.running('once-1', { oneShot: true })
    scene.node(home).say('once-1', { state: 'completed', exitCode: 0 })
    await scene.until('root knows', () => scene.root.says('once-1') === `completed ${home}`)
    await remove(home)
    await scene.until('it is gone', async () => !(home in (await scene.nodeViews())))
    await scene.clock.advance(400_000)
    expect(scene.root.says('once-1')).toBe(`completed ${home}`)
    await scene.root.remove('once-1')
    await scene.until('it is forgotten', () => scene.root.says('once-1') === 'nothing')
  })

  it('is an error when there is no such node', async () => {
    await expect(scene.ask('nodes.remove', { nodeId: 'x' })).rejects.toThrow('no such node')
  })
})

describe('an instance that an operator moves', () => {
  it('ends first, and then runs on the node that was named', async () => {
    const home = await scene.running('web-1')
    const target = ['n1', 'n2', 'n3'].find((name) => name !== home) ?? ''
    const answer = await scene.ask('instances.move', { instanceId: 'web-1', nodeId: scene.node(target).id, reason: 'Admin asked' })
    expect(answer).toEqual({ nodeId: scene.node(target).id })
    await scene.until('it runs there', () => {
      expect(scene.whoRuns('web-1')).not.toContain('+')
      return scene.root.says('web-1') === `running ${target}`
    })
  })

  it('goes wherever is best when no node is named, away from a lost one too', async () => {
    const home = await scene.running('web-1', { disconnect: { action: 'keep', siteOnly: false } })
    scene.cut(home)
    await scene.clock.advance(10_000)
    await scene.ask('instances.move', { instanceId: 'web-1', reason: 'Admin asked' })
    await scene.until('it runs elsewhere', () => scene.whoRuns('web-1').includes('+'), 1_000)
  })

  it('is not started twice when its node goes in the middle of it and its policy is to stay, unless it is asked for again', async () => {
    const home = await scene.running('web-1', { disconnect: { action: 'keep', siteOnly: false } })
    const move = () => scene.ask('instances.move', { instanceId: 'web-1', reason: 'Admin asked' })
    scene.node(home).isStubborn = true
    await move()
    await expect(move()).rejects.toThrow('moving already: Admin asked')
    scene.cut(home)
    await scene.clock.advance(100_000)
    expect(scene.whoRuns('web-1')).toBe(home)
    await move()
    await scene.until('it runs elsewhere', () => scene.whoRuns('web-1').includes('+'), 1_000)
  })

  it('stays when it cannot go, and the operator is told why', async () => {
    for (const id of ['a-1', 'b-1', 'c-1']) await scene.running(id, LARGE)
    const [home, other] = [scene.node(scene.whoRuns('a-1')).id, scene.node(scene.whoRuns('b-1')).id]
    const move = (nodeId: string, instanceId = 'a-1') => scene.ask('instances.move', { instanceId, nodeId, reason: 'r' })
    await expect(move(other)).rejects.toThrow(/the only node cannot take it: .*memory/)
    await expect(move(home)).rejects.toThrow('on that node already')
    await expect(move('x')).rejects.toThrow('no such node')
    await expect(move(other, 'nobody')).rejects.toThrow('no such instance')
  })
})

describe('a machine that joins under the name of a node', () => {
  async function join(name: string): Promise<string> {
    const token = parseJoinToken(await scene.cluster.createNodeToken(60_000), { kind: 'node', nowMs: scene.clock.wallMs() })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const csrPem = makeSigningRequest(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'node')
    const joiner = scene.network.joiner('c'.repeat(24))
    const request = { tokenId: token.id, secret: token.secret, kind: 'node', name, csrPem } as const
    return (await joiner.join(request, AbortSignal.timeout(10_000))).id
  }

  it('is refused while that node is here, or may return', async () => {
    await expect(join('n1')).rejects.toThrow('connected already')
    await scene.node('n1').stop()
    await scene.clock.advance(100)
    await expect(join('n1')).rejects.toThrow('may return')
  })

  it('is another node when that one is lost, which is let in once more to end what it has', async () => {
    const home = await scene.running('web-1')
    const old = scene.node(home)
    scene.cut(home)
    await scene.until('it runs elsewhere', () => scene.whoRuns('web-1').includes('+'))
    const id = await join(home)
    expect(id).not.toBe(old.id)
    const young = await scene.addNode(home, id)
    await scene.until('it is there', () => young.connected)
    scene.network.restore(old.id)
    await scene.until('the old one has ended it', () => !old.running.has('web-1'))
    await scene.clock.advance(30_000)
    expect([old.connected, young.connected]).toEqual([false, true])
  })

  it('is the same node when its own join was interrupted', async () => {
    expect(await join('n9')).toBe(await join('n9'))
  })
})

describe('a one-shot that has ended', () => {
  it('keeps its record and gives its room and its ports to others', async () => {
    const wholeNode = { resources: { memoryMiB: 900 }, ports: [{ hostPort: 80, containerPort: 80, protocol: 'tcp' }] } as const
    const homes = [await scene.running('once-1', { ...wholeNode, oneShot: true })]
    for (const id of ['web-1', 'web-2']) homes.push(await scene.running(id, wholeNode))
    expect(new Set(homes).size).toBe(3)
    scene.node(homes[0] ?? '').say('once-1', { state: 'completed', exitCode: 0 })
    await scene.until('root knows', () => scene.root.says('once-1') === `completed ${homes[0]}`)
    expect(await scene.running('web-3', wholeNode)).toBe(homes[0])
    expect(scene.root.says('once-1')).toBe(`completed ${homes[0]}`)
  })
})
