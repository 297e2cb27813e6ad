import { expect, test } from 'vitest'
import { seriesId } from './series.ts'

test('a series is named by its name and labels, in whatever order these are', () => {
  expect(seriesId('x', {})).toBe('x{}')
  expect(seriesId('x', { a: 'y"' })).toBe('x{a="y\\""}')
  for (const labels of [
    { a: '1', b: '2' },
    { b: '2', a: '1' },
  ])
    expect(seriesId('x', labels)).toBe('x{a="1",b="2"}')
  expect(seriesId('x', { c: '3', a: '1', b: '2' })).toBe('x{a="1",b="2",c="3"}')
})
