import { describe, expect, it } from 'vitest'
import { planTables } from './plan-tables.ts'
import { OverlayWorld, type WorldNode } from './world.ts'

const IDS = ['a', 'b', 'c', 'd', 'e']

function node(nodeId: string, changes: Partial<WorldNode> = {}): WorldNode {
  const reach = { subnetV4: '10.18.0.0/26', subnetV6: 'fc00::/120', endpoint: { address: '192.0.2.1', port: 50_103 } }
  return { nodeId, childId: nodeId, reach, isHere: true, ...changes }
}

function world(changes: Readonly<Record<string, Partial<WorldNode>>>): OverlayWorld {
  const made = new OverlayWorld()
  for (const nodeId of IDS) made.putNode(nodeId, node(nodeId))
  made.takeDirty()
  for (const [nodeId, change] of Object.entries(changes)) made.putNode(nodeId, node(nodeId, change))
  return made
}

const peersIn = (of: OverlayWorld, nodeId: string) => [...planTables(of, nodeId, 'node').peers.keys()].sort()

describe('nodes between two that do not reach each other', () => {
  it('are two, which both ends are told of, and they of both', () => {
    const parted = world({ a: { unreached: ['b'] } })
    const relays = peersIn(parted, 'a')
    expect(relays).toHaveLength(2)
    expect(peersIn(parted, 'b')).toEqual(relays)
    for (const relay of relays) expect(peersIn(parted, relay)).toEqual(['a', 'b'])
    expect([...parted.takeDirty()].sort()).toEqual(['a', 'b', ...relays].sort())
  })

  it('are none that one of the two does not reach either', () => {
    const parted = world({ a: { unreached: ['b', 'c'] } })
    for (const nodeId of ['b', 'c']) expect(peersIn(parted, nodeId)).toEqual(['d', 'e'])
    for (const relay of ['d', 'e']) expect(peersIn(parted, relay)).toEqual(['a', 'b', 'c'])
  })

  it('are not looked for when one of the two is given up, or belongs to somebody else', () => {
    expect(peersIn(world({ a: { unreached: ['b'] }, b: { isHere: false } }), 'a')).toEqual([])
    expect(peersIn(world({ a: { unreached: ['f'] } }), 'a')).toEqual([])
  })

  it('go again when the two reach each other, and everybody concerned is told', () => {
    const parted = world({ a: { unreached: ['b'] } })
    const concerned = [...parted.takeDirty()].sort()
    parted.putNode('a', node('a'))
    expect([...parted.takeDirty()].sort()).toEqual(concerned)
    for (const nodeId of IDS) expect(peersIn(parted, nodeId)).toEqual([])
  })
})
