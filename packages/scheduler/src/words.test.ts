import { describe, expect, it } from 'vitest'
import { hasAllWords, hasWord, unionOfWords } from './words.ts'

describe('the words of several nodes', () => {
  it('are the words that one of them carries', () => {
    expect(unionOfWords(['b'], ['a', 'b'])).toEqual(['a', 'b'])
    expect(unionOfWords(undefined, ['a'])).toEqual(['a'])
    expect(unionOfWords(undefined, undefined)).toEqual([])
  })

  it('become one that stands for any when they are too many, so that nothing is denied', () => {
    const many = unionOfWords(
      Array.from({ length: 60 }, (_, index) => `a=${index}`),
      Array.from({ length: 60 }, (_, index) => `b=${index}`),
    )
    expect(many).toHaveLength(1)
    expect(hasWord(many, 'a=3') && hasWord(many, 'c=9')).toBe(true)
    expect(hasAllWords(many, ['x', 'y'])).toBe(true)
    expect(unionOfWords(['z'], many)).toEqual(many)
  })
})
