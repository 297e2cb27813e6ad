import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR_MS, ID, OTHER, other, spec } from './testing/life-samples.ts'
import { PLACE, TestNode } from './testing/test-node.ts'

let node: TestNode
beforeEach(async () => {
  node = await TestNode.start()
})
afterEach(() => node[Symbol.asyncDispose]())

describe('what the cluster says and cannot be read', () => {
  it('leaves the instance as it was understood last, and all others alone', async () => {
    await node.want(spec())
    await node.runs()
    await node.say(ID, 'instance', { ...spec({ revision: 2 }), image: 5 })
    await node.want(other())
    await node.runs(OTHER)
    await node.sees('the problem is told', ({ detail }) => /cannot be read \(instance: image: .*\): it goes on as before/.test(detail))
    expect(node.told.get(ID)).toMatchObject({ state: 'running', revision: 1 })
    node.machine.exit(ID, 1)
    await node.until('it is started again as before', () => node.startsOf(ID) === 2)
    await node.want(spec({ revision: 3 }))
    await node.sees('it follows again', (seen) => seen.revision === 3 && seen.state === 'running')
  })

  it('is told of an instance that never could begin', async () => {
    await node.say(ID, 'instance', 'nonsense')
    await node.want(other())
    await node.runs(OTHER)
    await node.sees('the problem is told', ({ state, detail }) => state === 'failed' && /cannot be read/.test(detail))
    await node.unwant(ID)
    await node.until('it is gone', () => !node.told.has(ID))
  })

  it.each([
    ['an address that is none', { addresses: { v4: '10.30.0.300', v6: 'fdff::3' } }, /10\.30\.0\.300 is no address/],
    ['the id of another', { instanceId: 'f'.repeat(24) }, /it speaks of f/],
    ['an address that another has', { addresses: { v4: '10.30.0.2', v6: 'fdff::3' } }, /10\.30\.0\.2 is used by another/],
  ])('may be %s', async (_name, changes, reason) => {
    await node.want(spec())
    await node.runs()
    await node.say(OTHER, 'instance', other(changes))
    await node.sees('the reason is told', ({ state, detail }) => state === 'failed' && reason.test(detail), OTHER)
    node.machine.exit(ID, 1)
    await node.until('the other is started again', () => node.startsOf(ID) === 2)
  })

  it('may be the place of the node itself', async () => {
    await node.want(spec())
    await node.runs()
    await node.say('place', 'place', { ...PLACE, subnetV4: 'here' })
    await node.pass(1_000)
    node.machine.exit(ID, 1)
    await node.until('it is started again', () => node.startsOf(ID) === 2)
    await node.runs()
  })

  it('does not keep it from being removed', async () => {
    await node.want(spec())
    await node.runs()
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
