import type { Node } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { nodeStates } from './node-states.ts'

const node = (id: string, more: Partial<Node> = {}): Node => ({ id, name: id, createdAtMs: 0, ...more })

describe('the states of the nodes of a cluster', () => {
  it('count each node once, and name who is away', () => {
    const nodes = [node('n1'), node('n4'), node('n2', { cordoned: true }), node('n3', { draining: true }), node('n5', { cordoned: true })]
    const isHere = (id: string) => id !== 'n4' && id !== 'n5'
    expect(nodeStates(nodes, { isHere, isUnheard: () => false })).toEqual({ here: 1, cordoned: 2, away: 2, awayNames: ['n4', 'n5'] })
  })

  it('name so many, and count all', () => {
    const many = Array.from({ length: 300 }, (_, index) => node(`n${index}`))
    const states = nodeStates(many, { isHere: () => false, isUnheard: () => false })
    expect([states?.away, states?.awayNames.length]).toEqual([300, 100])
  })

  it('are not told by a cluster that just started before it has heard of every node, or given it up', () => {
    const nodes = [node('n1'), node('n2')]
    expect(nodeStates(nodes, { isHere: (id) => id === 'n1', isUnheard: (id) => id === 'n2' })).toBeUndefined()
  })
})
