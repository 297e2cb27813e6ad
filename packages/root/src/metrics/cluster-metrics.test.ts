import type { MetricFamily } from '@oakestra/base'
import type { NodeStates } from '@oakestra/model'
import type { Store } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRootStore } from '../api/testing/api-fixture.ts'
import { clusters } from '../state/collections.ts'
import { factsOf } from '../testing/fake-cluster.ts'
import { clusterMetrics } from './cluster-metrics.ts'

let store: Store
beforeEach(async () => {
  store = await openRootStore()
})
afterEach(() => store[Symbol.asyncDispose]())

async function enlist(name: string, nodeStates?: NodeStates): Promise<void> {
  const facts = { ...factsOf(name, 1_000), ...(nodeStates && { nodeStates }) }
  await store.write((writer) => writer.put(clusters, { id: name, name, location: '', createdAtMs: 0, facts }))
}

const presence = (...connected: string[]) => ({ connected: new Set(connected), isUnheard: () => false })

function textOf(families: readonly MetricFamily[], name: string): readonly string[] {
  const samples = families.find((family) => family.name === name)?.samples ?? []
  return samples.map(({ labels, value }) => [...Object.values(labels), value].join(' '))
}

describe('the numbers that root has of the nodes of a cluster', () => {
  it('are how many are in which state, and who is away', async () => {
    await enlist('site', { here: 2, cordoned: 1, away: 1, awayNames: ['edge'] })
    await enlist('silent')
    const families = await clusterMetrics(store, presence('site', 'silent'))
    expect(textOf(families, 'oak_cluster_nodes')).toEqual(['site here 2', 'site cordoned 1', 'site away 1'])
    expect(textOf(families, 'oak_node_up')).toEqual(['site edge 0'])
  })

  it('are its last word while it is away', async () => {
    await enlist('site', { here: 0, cordoned: 0, away: 1, awayNames: ['edge'] })
    const families = await clusterMetrics(store, presence())
    expect(textOf(families, 'oak_cluster_up')).toEqual(['site 0'])
    expect(textOf(families, 'oak_node_up')).toEqual(['site edge 0'])
  })

  it('are not known of a cluster that root, which just started, has not heard of', async () => {
    await enlist('site')
    const families = await clusterMetrics(store, { connected: new Set(), isUnheard: () => true })
    expect(textOf(families, 'oak_cluster_up')).toEqual(['site NaN'])
  })

  it('name no more than can be alerts', async () => {
    const awayNames = Array.from({ length: 100 }, (_, index) => `n${index}`)
    for (let index = 0; index < 6; index += 1) await enlist(`c${index}`, { here: 0, cordoned: 0, away: 4_000, awayNames })
    const families = await clusterMetrics(store, presence())
    expect(textOf(families, 'oak_node_up')).toHaveLength(500)
    expect(textOf(families, 'oak_cluster_nodes')).toContain('c5 away 4000')
  })
})
