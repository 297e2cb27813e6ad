import type { ServiceTable } from '@oakestra/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peerItem, serviceTable, tableInstance } from '../testing/overlay-samples.ts'
import { AddressIndex } from './address-index.ts'

/** Few addresses, so that services claim those of others. */
const table = fc
  .record({ serviceId: fc.constantFrom('s1', 's2', 's3', 's4'), address: fc.nat(3), numbers: fc.uniqueArray(fc.nat(3)) })
  .map(({ serviceId, address, numbers }) =>
    serviceTable(
      numbers.map((number) => tableInstance(number, 1)),
      { serviceId, addresses: [{ policy: 'round-robin', v4: `10.30.2.${address}`, v6: `fdff:2000::${address}` }] },
    ),
  )

const ADDRESSES = [0, 1, 2, 3].flatMap((at) => [`10.30.2.${at}`, `fdff:2000::${at}`, `10.30.0.${at + 100}`])

describe('what is known by address', () => {
  it('is what a search finds, whatever tables came and went before', () => {
    const change = fc.record({ table, isGone: fc.boolean() })
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 8 }), (documents) => {
        const index = new AddressIndex()
        const known = new Map<string, ServiceTable>()
        for (const changes of documents) {
          for (const { table: next, isGone } of changes) {
            if (isGone) known.delete(next.serviceId)
            else known.set(next.serviceId, next)
          }
          const tables = [...known.values()].toSorted((a, b) => (a.serviceId < b.serviceId ? -1 : 1))
          index.follow({ tables, peers: [] })
          const isAt = (address: string) => (each: ServiceTable) =>
            [...each.addresses, ...each.instances].some(({ v4, v6 }) => v4 === address || v6 === address)
          expect(ADDRESSES.map((address) => index.tableAt(address))).toEqual(ADDRESSES.map((address) => tables.findLast(isAt(address))))
          expect(['s1', 's2', 's3', 's4'].filter((id) => index.hasService(id))).toEqual(tables.map(({ serviceId }) => serviceId))
        }
      }),
      { seed: 20_261_123 },
    )
  })

  it('has ways to the instances of peers, as long as they are peers', () => {
    const index = new AddressIndex()
    index.follow({ tables: [], peers: [peerItem(1, [1])] })
    expect(index.isRouted('10.30.0.101')).toBe(true)
    index.follow({ tables: [], peers: [peerItem(1, [2])] })
    expect([index.isRouted('10.30.0.101'), index.isRouted('10.30.0.102')]).toEqual([false, true])
  })
})
