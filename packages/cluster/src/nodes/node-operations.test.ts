import { openSqliteStore, type Store } from '@oakestra/store'
import { nodeVersion } from '@oakestra/wire'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Capacity } from '../placement/capacity.ts'
import { CLUSTER_COLLECTIONS } from '../state.ts'
import { factsOf } from '../testing/sample-spec.ts'
import { NodeOperations } from './node-operations.ts'

let store: Store
let operations: NodeOperations

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: CLUSTER_COLLECTIONS })
  const capacity = new Capacity(store, 16)
  await capacity.transact(({ putNode }) => putNode({ id: 'n1', name: 'n1', createdAtMs: 0, subnetV4: 'x', facts: factsOf('n1') }))
  operations = new NodeOperations({ capacity, liveness: { presence: () => 'here' }, usageOf: () => undefined, onChanged: () => undefined })
})
afterEach(() => store[Symbol.asyncDispose]())

const versionNow = () => nodeVersion(operations.list()[0] ?? { id: '' })

it('carries out a wish that is meant for the node as it is, and no other', async () => {
  const before = versionNow()
  await operations.change({ nodeId: 'n1', cordoned: true, versions: ['older', before] })
  await expect(operations.change({ nodeId: 'n1', cordoned: false, versions: [before] })).rejects.toMatchObject({ code: 'conflict' })
  await expect(operations.remove({ nodeId: 'n1', versions: [before] })).rejects.toMatchObject({ code: 'conflict' })
  expect(operations.list()).toMatchObject([{ cordoned: true }])
  await operations.remove({ nodeId: 'n1', versions: [versionNow()] })
  expect(operations.list()).toMatchObject([{ removing: true }])
})

it('lets one of many wishes for the same version through', async () => {
  const versions = [versionNow()]
  const wishes = ['a=1', 'b=1', 'c=1'].map((label) => operations.change({ nodeId: 'n1', labels: [label], versions }))
  const outcomes = await Promise.allSettled(wishes)
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
})

it('carries out the last wish where nobody names a version', async () => {
  await Promise.all(['a=1', 'b=1'].map((label) => operations.change({ nodeId: 'n1', labels: [label] })))
  expect(operations.list()[0]?.labels).toContain('b=1')
  expect(operations.list()[0]?.labels).not.toContain('a=1')
})
