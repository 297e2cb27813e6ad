import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parsedOnce } from './parsed-once.ts'

const read = () => parsedOnce(z.object({ name: z.string() }), 'thing')

describe('a value that is asked about again', () => {
  it('is looked at once while nobody can change it', () => {
    const [reader, value] = [read(), Object.freeze({ name: 'a' })]
    expect(reader(value)).toBe(reader(value))
  })

  it('is looked at each time when somebody may have changed it', () => {
    const [reader, value] = [read(), { name: 'a' as unknown }]
    expect(reader(value)).toEqual({ name: 'a' })
    value.name = 1
    expect(() => reader(value)).toThrow('thing: name')
  })

  it('is refused each time when it is wrong', () => {
    const [reader, value] = [read(), Object.freeze({ name: 1 })]
    expect(() => reader(value)).toThrow('thing: name')
    expect(() => reader(value)).toThrow('thing: name')
    expect(() => reader('text')).toThrow('thing: value')
  })
})
