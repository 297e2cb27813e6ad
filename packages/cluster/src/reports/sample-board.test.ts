import { describe, expect, it } from 'vitest'
import { SampleBoard } from './sample-board.ts'

const sample = (cpuPercent: number, instance: string) => ({
  cpuPercent,
  memoryPercent: 10,
  instances: { [instance]: { cpuPercent: 1, memoryBytes: 2, diskBytes: 3 } },
})

describe('the measurements of nodes', () => {
  it('are told as one, with all instances, and with each node that measured since the last time', () => {
    const board = new SampleBoard(() => undefined)
    board.take('n1', sample(10, 'a'))
    board.take('n2', sample(30, 'b'))
    const first = board.takeSummary()
    expect(first).toMatchObject({ cpuPercent: 20, memoryPercent: 10 })
    expect(Object.keys(first.instances)).toEqual(['a', 'b'])
    expect(first.nodes).toEqual({ n1: { cpuPercent: 10, memoryPercent: 10 }, n2: { cpuPercent: 30, memoryPercent: 10 } })
    board.take('n2', sample(50, 'b'))
    const second = board.takeSummary()
    expect(second.cpuPercent).toBe(30)
    expect(second.nodes).toEqual({ n2: { cpuPercent: 50, memoryPercent: 10 } })
  })

  it('of very many nodes are told in turns, and of those that went not at all', () => {
    const board = new SampleBoard(() => undefined)
    for (let n = 0; n < 700; n += 1) board.take(`n${n}`, sample(n % 100, `i${n}`))
    board.forget('n699')
    const told = [board.takeSummary(), board.takeSummary(), board.takeSummary()].map(({ nodes = {} }) => Object.keys(nodes).length)
    expect(told).toEqual([500, 199, 0])
  })
})
