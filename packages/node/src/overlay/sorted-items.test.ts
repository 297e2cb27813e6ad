import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SortedItems } from './sorted-items.ts'

describe('sorted items', () => {
  it('are those of a map, in the order of ids, whatever is put and removed', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'dd', 'd', 'é', '10', '9')
    fc.assert(
      fc.property(fc.array(fc.record({ id, item: fc.nat(3), isRemoved: fc.boolean() })), (changes) => {
        const [items, known] = [new SortedItems<number>(), new Map<string, number>()]
        for (const { id: key, item, isRemoved } of changes) {
          if (isRemoved) items.remove(key)
          else items.put(key, item)
          if (isRemoved) known.delete(key)
          else known.set(key, item)
          expect(items.list).toEqual([...known].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each))
        }
      }),
      { seed: 20_261_123 },
    )
  })

  it('are the same list until something changes, and a list that was given out stays as it was', () => {
    const items = new SortedItems<string>()
    items.put('a', 'one')
    const before = items.list
    items.put('a', 'one')
    items.remove('b')
    expect(items.list).toBe(before)
    items.put('a', 'two')
    expect([before, items.list]).toEqual([['one'], ['two']])
  })
})
