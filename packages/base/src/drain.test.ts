import { expect, it } from 'vitest'
import { drain } from './drain.ts'

it('a set is worked off, also what is added meanwhile, up to a limit; what fails stays', async () => {
  const keys = new Set(['a', 'b', 'c', 'bad', 'd'])
  const taken: string[] = []
  const take = async (key: string) => {
    if (key === 'bad') throw new Error('not now')
    taken.push(key)
    if (key === 'a') keys.add('e')
  }
  await drain(keys, take, 2)
  expect([taken, [...keys]]).toEqual([
    ['a', 'b'],
    ['c', 'bad', 'd', 'e'],
  ])
  await expect(drain(keys, take)).rejects.toThrow('not now')
  expect([taken, [...keys]]).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e', 'bad'],
  ])
})
