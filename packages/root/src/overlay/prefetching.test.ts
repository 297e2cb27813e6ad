import { expect, it } from 'vitest'
import { Prefetching } from './prefetching.ts'

const size = (serviceId: string, instances: number) => ({ serviceId, applicationId: 'shop', instances })

it('an application is prefetched until it is large, and again when it is clearly small', () => {
  const prefetching = new Prefetching()
  expect(prefetching.note('web', size('web', 100))).toEqual([])
  expect(prefetching.note('db', size('db', 60))).toEqual([])
  expect(prefetching.isPrefetched('shop')).toBe(true)
  expect(prefetching.note('db', size('db', 61))).toEqual(['web', 'db'])
  expect(prefetching.isPrefetched('shop')).toBe(false)
  expect(prefetching.note('db', size('db', 40))).toEqual([])
  expect(prefetching.isPrefetched('shop')).toBe(false)
  expect(prefetching.note('db', undefined)).toEqual(['web'])
  expect(prefetching.isPrefetched('shop')).toBe(true)
})

it('an application of many services is large, whatever runs of them', () => {
  const prefetching = new Prefetching()
  for (let index = 0; index < 160; index += 1) prefetching.note(`s${index}`, size(`s${index}`, 0))
  expect(prefetching.isPrefetched('shop')).toBe(true)
  expect(prefetching.note('one more', size('one more', 0))).toHaveLength(161)
  expect(prefetching.isPrefetched('other')).toBe(true)
})
