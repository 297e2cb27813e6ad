import { expect, it } from 'vitest'
import { editDistance } from './edit-distance.ts'

it('counts what has to change, an exchange of neighbours as one', () => {
  expect(editDistance('memory', 'memory')).toBe(0)
  expect(editDistance('memroy', 'memory')).toBe(1)
  expect(editDistance('ports', 'port')).toBe(1)
  expect(editDistance('', 'port')).toBe(4)
  expect(editDistance('kitten', 'sitting')).toBe(3)
})
