import { describe, expect, it } from 'vitest'
import { reserve, slotOfNode } from './slots.ts'
import { requestOf, slotOf } from './testing/samples.ts'

const facts = {
  name: 'n1',
  architecture: 'amd64',
  vcpus: 2,
  memoryMiB: 2000,
  storageFreeMiB: 5000,
  vgpus: 1,
  virtualizations: ['container'],
  occupiedPrefixes: [],
  address: '192.0.2.1',
  version: '1',
}

describe('a reservation', () => {
  it('takes what was asked for, and leaves what the node is', () => {
    const request = requestOf({ resources: { vcpus: 2, memoryMiB: 500, vgpus: 1, storageMiB: 100 } })
    expect(reserve(slotOf({ vgpusFree: 1 }), request)).toEqual(
      slotOf({ vcpusFree: 62, memoryFreeMiB: 3500, storageFreeMiB: 9900, vgpusFree: 0 }),
    )
  })

  it('counts an instance that asks for nothing as a little, so that a hundred of them do not end on one node', () => {
    const after = reserve(slotOf(), requestOf({ resources: { vcpus: 0, memoryMiB: 0 } }))
    expect(after.vcpusFree).toBeLessThan(64)
    expect(after.memoryFreeMiB).toBeLessThan(4000)
  })
})

describe('the slot of a node', () => {
  it('promises sixteen times its cores and its memory once', () => {
    expect(slotOfNode(facts, [])).toMatchObject({ vcpusTotal: 2, vcpusFree: 32, memoryFreeMiB: 2000, vgpusFree: 1, storageFreeMiB: 5000 })
  })

  it('carries the words of its configuration and the labels of an operator', () => {
    const told = { ...facts, labels: ['zone=a', 'gpu=yes'], addons: ['imager'], csiDrivers: ['nfs'] }
    expect(slotOfNode(told, [], 1, ['rack=3', 'zone=a'])).toMatchObject({
      labels: ['gpu=yes', 'rack=3', 'zone=a'],
      addons: ['imager'],
      csiDrivers: ['nfs'],
    })
    expect(slotOfNode(facts, [])).not.toHaveProperty('labels')
  })

  it('has less for every promise', () => {
    const promised = [requestOf({ resources: { memoryMiB: 700 } }), requestOf({ resources: { memoryMiB: 300, vcpus: 2 } })]
    expect(slotOfNode(facts, promised, 1)).toMatchObject({ vcpusFree: -1, memoryFreeMiB: 1000 })
  })
})
