import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
beforeEach(async () => {
  node = await TestNode.start()
})
afterEach(() => node[Symbol.asyncDispose]())

describe('the facts of a node', () => {
  const said = () => node.facts.at(-1)

  it('carry what its configuration says', async () => {
    await node.until('they were said', () => node.facts.length > 0)
    expect(said()).toMatchObject({
      name: 'n1',
      labels: ['zone=a'],
      location: { lat: 48.1, lon: 11.5 },
      virtualizations: ['container', 'docker'],
    })
  })

  it('are said again when a runtime breaks or works again, or the disk fills up', async () => {
    await node.until('they were said', () => node.facts.length > 0)
    node.hardware.storageFreeMiB = 9_500
    await node.pass(120_000)
    expect(node.facts).toHaveLength(1)
    node.hardware.storageFreeMiB = 8_900
    await node.until('the disk is told', () => said()?.storageFreeMiB === 8_900)
    node.hardware.isRuntimeBroken = true
    await node.until('the runtime is told', () => said()?.virtualizations.length === 0)
    expect(said()?.faults).toEqual({ container: expect.stringMatching(/./), docker: expect.stringMatching(/./) })
    await node.pass(120_000)
    expect(node.facts).toHaveLength(3)
    expect(node.logger.lines.filter(({ message }) => message === 'a runtime does not work')).toHaveLength(1)
    node.hardware.isRuntimeBroken = false
    await node.until('it is told that it works', () => (said()?.virtualizations.length ?? 0) > 0)
    expect(said()).not.toHaveProperty('faults')
  })

  it('are said at once when the machine gets a network of its own among the addresses of the overlay', async () => {
    await node.until('they were said', () => node.facts.length > 0)
    const beforeMs = node.clock.monotonicMs()
    node.kernel.occupied = ['10.18.0.0/16']
    await node.until('it is told', () => said()?.occupiedPrefixes.includes('10.18.0.0/16') === true)
    expect(node.clock.monotonicMs() - beforeMs).toBeLessThan(1_000)
  })

  it('are said once a second while a daemon of routes announces one after the other', async () => {
    await node.until('they were said', () => node.facts.length > 0)
    for (let at = 0; at < 100; at += 1) {
      node.kernel.occupied = [`10.20.${at}.0/24`]
      await node.pass(50)
    }
    await node.until('the last is told', () => said()?.occupiedPrefixes.join() === '10.20.99.0/24')
    expect(node.facts.length).toBeLessThan(10)
  })
})
