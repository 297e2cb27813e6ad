import { expect, it } from 'vitest'
import { shrink } from './shrink.ts'

it('finds the few that a failure needs among many', async () => {
  const all = Array.from({ length: 60 }, (_, index) => index)
  const needed = [7, 31, 32]
  const found = await shrink(all, async (only) => needed.every((each) => only.includes(each)))
  expect(found).toEqual(needed)
})

it('gives nothing when it fails without any', async () => {
  expect(await shrink([1, 2, 3], async () => true)).toEqual([])
})
