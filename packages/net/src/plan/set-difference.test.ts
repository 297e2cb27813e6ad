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
    ['abcdef', 'abxcdyef', 'xy', ''],
    ['abxcdyef', 'abcdef', '', 'xy'],
    ['abcdefghijklmnopqrst', 'klmnopqrstabcdefghij', '', ''],
    ['abcdefghijklmnopqrst', 'klmnopqrstZabcdefghi', 'Z', 'j'],
  ])('from "%s" to "%s" lacks "%s" and has "%s" too much', (present, wanted, missing, surplus) => {
    const result = difference(letters(present), letters(wanted), same)
    expect([result.missing.join(''), result.surplus.join('')]).toEqual([missing, surplus])
  })

  it('asks for the keys of what differs, and of little beside it', () => {
    const before = Array.from({ length: 10_000 }, (_, number) => ({ number }))
    const after = [...before.slice(0, 2_000), { number: -1 }, ...before.slice(2_000, 7_000), { number: -2 }, ...before.slice(7_000)]
    let asked = 0
    const { missing, surplus } = difference(before, after, ({ number }) => {
      asked += 1
      return String(number)
    })
    expect([missing, surplus]).toEqual([[{ number: -1 }, { number: -2 }], []])
    expect(asked).toBeLessThan(100)
  })
})
