import type { Change } from '@oakestra/store'
import { expect, it } from 'vitest'
import { PeerBook } from './peer-book.ts'

const change = (key: string, kind: Change['kind'] = 'put'): Change => ({ collection: 'instances', key, kind })
const instance = (id: string, clusterId?: string, leaving?: { reason: string }) => ({
  id,
  serviceId: 's',
  ...(clusterId && { clusterId }),
  ...(leaving && { leaving }),
})
const counts = (book: PeerBook) => Object.fromEntries(book.of('s'))

it('knows how many instances of a service each cluster has, once that is decided for good', () => {
  const book = new PeerBook()
  book.load([instance('a', 'c1'), instance('b', 'c1'), instance('c')])
  book.stage(instance('c', 'c2'))
  expect(counts(book)).toEqual({ c1: 2 })
  book.committed([change('c')])
  expect(counts(book)).toEqual({ c1: 2, c2: 1 })
  book.stage(instance('a', 'c2'))
  book.committed([change('a'), change('b', 'remove')])
  expect(counts(book)).toEqual({ c2: 2 })
})

it('keeps what it knows when somebody else changes an instance', () => {
  const book = new PeerBook()
  book.load([instance('a', 'c1')])
  book.committed([change('a'), { collection: 'services', key: 'a', kind: 'remove' }])
  expect(counts(book)).toEqual({ c1: 1 })
})

it('knows how many leave', () => {
  const book = new PeerBook()
  book.load([instance('a', 'c1', { reason: 'it rains' })])
  book.stage(instance('b', 'c1', { reason: 'it rains' }))
  book.committed([change('b')])
  expect(book.leaving('s')).toBe(2)
  book.stage(instance('a', 'c2'))
  book.committed([change('a'), change('b', 'remove')])
  expect(book.leaving('s')).toBe(0)
})
