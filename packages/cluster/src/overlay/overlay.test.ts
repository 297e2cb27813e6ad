import type { ServiceTable } from '@oakestra/model'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SpecChanges, specOf } from '../testing/sample-spec.ts'
import { Scene } from '../testing/scene.ts'

let scene: Scene

const NAMES = ['n1', 'n2', 'n3']
const tunnel = { port: 50_103 }

beforeEach(async () => {
  const facts = Object.fromEntries(NAMES.map((name, index) => [name, { tunnel, address: `192.0.2.${index + 1}` }]))
  scene = await Scene.open({ nodes: NAMES, facts })
})
afterEach(() => scene[Symbol.asyncDispose]())

let addresses = 1

/** An instance that only this node has room for, so that everybody knows where it is. */
function on(name: string, changes: SpecChanges = {}): SpecChanges {
  addresses += 1
  const pair = { v4: `10.30.0.${addresses}`, v6: `fdff::${addresses.toString(16)}` }
  return { addresses: pair, constraints: [{ type: 'direct', nodes: [name] }], ...changes }
}

/** Item ids that a node holds, sorted, with the names of nodes instead of their ids. */
async function told(name: string): Promise<string> {
  const named = Object.keys(await scene.node(name).told()).map((id) =>
    NAMES.reduce((text, node) => text.replace(scene.node(node).id, node), id),
  )
  return named.sort().join(' ')
}

async function tables(name: string, serviceId: string): Promise<string> {
  const table = (await scene.node(name).told())[`table.${serviceId}`] as ServiceTable | undefined
  const words = table?.instances.map(({ instanceId, nodeId, ready }) => `${instanceId}@${nodeId.slice(0, 2)}${ready ? '' : '?'}`)
  return words?.join(' ') ?? 'none'
}

const until = (what: string, check: () => Promise<boolean>) => scene.until(what, check, 20_000)

describe('tables and peers within a cluster', () => {
  it('are not told to anybody while nobody wants to know', async () => {
    await scene.running('web-1', on('n1'))
    await scene.running('web-2', on('n2'))
    await scene.clock.advance(2_000)
    expect(await Promise.all(NAMES.map(told))).toEqual(['', '', ''])
  })

  it('follow an interest: the table to who asks, and each to the other as a peer', async () => {
    await scene.running('web-1', on('n1'))
    scene.node('n2').wantToKnow('web')
    await until('both know', async () => (await told('n2')) === 'peer.n1 table.web' && (await told('n1')) === 'peer.n2')
    const items = await scene.node('n2').told()
    expect(items['table.web']).toMatchObject({
      name: { application: 'shop', applicationNamespace: 't', service: 'web', namespace: 't' },
      instances: [{ instanceId: 'web-1', number: 0, ready: true }],
    })
    const peer = items[`peer.${scene.node('n1').id}`]
    expect(peer).toMatchObject({ endpoint: { address: '192.0.2.1', port: 50_103 }, instances: [{ v4: `10.30.0.${addresses}` }] })
    expect(await told('n3')).toBe('')
    scene.node('n2').wantToKnow('web', false)
    await until('both forget', async () => `${await told('n1')}${await told('n2')}` === '')
  })

  it('follow an instance that moves, fails or ends', async () => {
    scene.node('n3').wantToKnow('web')
    await scene.running('web-1', on('n1'))
    await until('it is known', async () => (await tables('n3', 'web')) === 'web-1@n1')
    scene.node('n1').say('web-1', { state: 'running', health: 'unhealthy' })
    await until('it gets nothing new', async () => (await tables('n3', 'web')) === 'web-1@n1?')
    scene.node('n1').say('web-1', { state: 'dead' })
    await until('it is no target', async () => (await tables('n3', 'web')) === '' && (await told('n3')) === 'peer.n1 table.web')
    await scene.root.remove('web-1')
    await until('nothing is left of it', async () => (await told('n3')) === '' && (await told('n1')) === '')
  })

  it('follow a node that is lost, and what it had elsewhere', async () => {
    scene.node('n3').wantToKnow('web')
    await scene.root.want(specOf('web-1', { ...on('n1'), constraints: [{ type: 'direct', nodes: ['n1', 'n2'] }] }))
    await until('it is known', async () => (await tables('n3', 'web')).startsWith('web-1@'))
    const home = (await tables('n3', 'web')).slice(-2)
    const other = home === 'n1' ? 'n2' : 'n1'
    scene.cut(home)
    await until('the other one is told', async () => (await tables('n3', 'web')) === `web-1@${other}`)
    expect(await told('n3')).toBe(`peer.${other} table.web`)
    scene.restore(home)
    await until('who was lost knows nothing old', async () => (await told(home)) === '')
  })

  it('are as they were after a restart of the cluster, without a word', async () => {
    await scene.running('web-1', on('n1'))
    scene.node('n2').wantToKnow('web')
    await until('it is known', async () => (await tables('n2', 'web')) === 'web-1@n1')
    const before = await scene.node('n2').told()
    await scene.stopCluster()
    await scene.startCluster()
    await scene.until('all are here', () => scene.isComplete)
    await scene.clock.advance(3_000)
    expect(await scene.node('n2').told()).toEqual(before)
    await scene.running('web-2', on('n3'))
    await until('news come again', async () => (await tables('n2', 'web')) === 'web-1@n1 web-2@n3')
  })
})

describe('tables and peers beyond a cluster', () => {
  const far = { nodeId: 'far', subnetV4: '10.19.0.0/26', subnetV6: 'fc00::f00/120', endpoint: { address: '198.51.100.1', port: 50_103 } }
  const farPeer = { ...far, instances: [{ v4: '10.30.9.9', v6: 'fdff::99' }] }
  const table = (changes: object = {}) => ({
    serviceId: 'db',
    applicationId: 'shop',
    name: { service: 'db', namespace: 't', application: 'shop', applicationNamespace: 't' },
    addresses: [{ policy: 'round-robin', v4: '10.30.8.8', v6: 'fdff:2000::88' }],
    instances: [{ instanceId: 'db-9', number: 9, v4: '10.30.9.9', v6: 'fdff::99', nodeId: 'far', ready: true, term: 0 }],
    ...changes,
  })

  it('are joined with what is here, and told to who asks', async () => {
    await scene.running('db-1', on('n1'))
    scene.node('n2').wantToKnow('db')
    await until('root hears of it', async () => scene.root.overlay.has('interest.db'))
    expect(scene.root.overlay.get('interest.db')).toEqual({ kind: 'interest', serviceId: 'db', nodeIds: [scene.node('n2').id] })
    expect([...scene.root.overlay.keys()].filter((id) => id.startsWith('peer.'))).toHaveLength(3)
    await scene.root.put({ id: 'table.db', kind: 'table', body: table() }, { id: 'peer.far', kind: 'peer', body: farPeer })
    await until('both are known', async () => (await tables('n2', 'db')) === 'db-1@n1 db-9@fa')
    expect(await told('n2')).toBe('peer.far peer.n1 table.db')
    expect((await scene.node('n2').told())['peer.far']).toEqual(farPeer)
    expect(await told('n1')).toBe('peer.n2')
  })

  it('are told to every node of an application that root wants prefetched', async () => {
    await scene.running('web-1', on('n1'))
    await scene.root.put(
      { id: 'table.db', kind: 'table', body: table({ prefetch: true }) },
      { id: 'peer.far', kind: 'peer', body: farPeer },
    )
    await until('its node knows', async () => (await told('n1')) === 'peer.far table.db')
    expect(await told('n2')).toBe('')
  })

  it('make a peer of a foreign node that wants to know what is here', async () => {
    await scene.running('web-1', on('n1'))
    const interest = { serviceId: 'web', nodeIds: ['far'] }
    await scene.root.put({ id: 'interest.web', kind: 'interest', body: interest }, { id: 'peer.far', kind: 'peer', body: farPeer })
    await until('its node knows', async () => (await told('n1')) === 'peer.far')
    await scene.root.remove('interest.web', 'peer.far')
    await until('it is forgotten', async () => (await told('n1')) === '')
  })

  it('that nobody can read are not told', async () => {
    scene.node('n2').wantToKnow('db')
    await scene.root.put({ id: 'table.db', kind: 'table', body: 'all' }, { id: 'peer.far', kind: 'peer', body: {} })
    await scene.running('web-1', on('n1'))
    expect(await told('n2')).toBe('')
  })
})

describe('how busy nodes are', () => {
  const addressesOf = (policy: 'round-robin' | 'least-loaded') => ({ serviceAddresses: [{ policy, v4: '10.30.1.1', v6: 'fdff:3000::1' }] })
  const loads = async (serviceId: string) => {
    const table = (await scene.node('n3').told())[`table.${serviceId}`] as ServiceTable | undefined
    return table?.instances.map(({ load }) => load).join()
  }

  it('is told where somebody chooses by it, in coarse steps, and nowhere else', async () => {
    for (const serviceId of ['web', 'db']) scene.node('n3').wantToKnow(serviceId)
    await scene.running('web-1', { ...on('n1'), ...addressesOf('least-loaded') })
    await scene.running('db-1', { ...on('n1'), ...addressesOf('round-robin') })
    scene.node('n1').measure(42)
    await until('it is known', async () => (await loads('web')) === '40')
    expect(scene.root.overlay.get(`peer.${scene.node('n1').id}`)).toMatchObject({ load: 40 })
    expect(await loads('db')).toBe('')
    scene.node('n1').measure(49)
    await scene.clock.advance(12_000)
    expect(await loads('web')).toBe('40')
    scene.node('n1').measure(87)
    await until('more is known', async () => (await loads('web')) === '90')
    await scene.root.remove('web-1')
    await until(
      'it is of no interest any more',
      async () => !JSON.stringify(scene.root.overlay.get(`peer.${scene.node('n1').id}`)).includes('load'),
    )
  })
})

describe('the question what an address stands for', () => {
  const ask = async (name: string, address: unknown) => {
    let answer: unknown = 'nothing yet'
    scene
      .node(name)
      .ask('net.resolve', { address })
      .then(
        (value) => (answer = value),
        (thrown: unknown) => (answer = (thrown as Error).message),
      )
    await scene.until('it is answered', () => answer !== 'nothing yet')
    return answer
  }

  it('is answered here for what is here, whatever its form, and by root for the rest', async () => {
    await scene.running('web-1', { ...on('n1'), serviceAddresses: [{ policy: 'round-robin', v4: '10.30.1.1', v6: 'fdff:2000::1' }] })
    scene.root.answer = async () => ({ serviceId: 'far' })
    expect(await ask('n2', 'fdff:2000:0::1')).toEqual({ serviceId: 'web' })
    expect(await ask('n2', `10.30.0.${addresses}`)).toEqual({ serviceId: 'web' })
    expect(await ask('n2', '10.30.7.7')).toEqual({ serviceId: 'far' })
    expect(await ask('n2', 'somewhere')).toEqual({ serviceId: null })
  })
})
