import { describe, expect, it } from 'vitest'
import { difference } from './set-difference.ts'

const same = (text: string) => text
const letters = (text: string) => text.split('')

describe('the difference of two lists', () => {
  it.each([
    ['', '', '', ''],
    ['', 'ab', 'ab', ''],
    ['ab', '', '', 'ab'],
    ['abc', 'abc', '', ''],
    ['abc', 'acb', '', ''],
    ['abc', 'axc', 'x', 'b'],
    ['abc', 'abcd', 'd', ''],
    ['abcd', 'bcd', '', 'a'],
    ['ab', 'xaby', 'xy', ''],
  ])('from "%s" to "%s" lacks "%s" and has "%s" too much', (present, wanted, missing, surplus) => {
    const result = difference(letters(present), letters(wanted), same)
    expect([result.missing.join(''), result.surplus.join('')]).toEqual([missing, surplus])
  })
})
