import { describe, expect, it } from 'vitest'
import { DocumentCache } from './document-cache.ts'
import { openSqliteStore } from './index.ts'
import { LIMITS } from './limits.ts'
import type { Collection } from './store.ts'

interface Note {
  readonly id: string
  readonly text: string
  readonly marks?: string[]
}

const notes: Collection<Note> = { name: 'notes', key: ({ id }) => id }

describe('documents that were read lately', () => {
  it('are held up to a number, those used longest ago leaving first', () => {
    const cache = new DocumentCache()
    cache.keep('notes', 'used', '"a"')
    cache.keep('notes', 'unused', '"b"')
    for (let count = 0; count < LIMITS.cachedDocuments; count += 1) {
      cache.keep('notes', `n${count}`, '1')
      if (count % 1_000 === 0) cache.find('notes', 'used')
    }
    expect(cache.find('notes', 'used')).toMatchObject({ document: 'a' })
    expect(cache.find('notes', 'unused')).toBeUndefined()
  })

  it('are not held when they are large', () => {
    const cache = new DocumentCache()
    cache.keep('notes', 'large', JSON.stringify('x'.repeat(LIMITS.cachedDocumentLength)))
    expect(cache.find('notes', 'large')).toBeUndefined()
  })

  it('are held with what was looked for in vain, until it is written', () => {
    const cache = new DocumentCache()
    cache.keep('notes', 'a', undefined)
    expect(cache.find('notes', 'a')).toMatchObject({ document: undefined })
    cache.written('notes', 'a', '"there"')
    expect(cache.find('notes', 'a')).toMatchObject({ document: 'there' })
    expect([cache.holds('notes', 'a', '"there"'), cache.holds('notes', 'a', '"else"')]).toEqual([true, false])
  })

  it('are only those that somebody asked for', () => {
    const cache = new DocumentCache()
    cache.written('notes', 'a', '"there"')
    expect(cache.find('notes', 'a')).toBeUndefined()
  })

  it('are what is stored, after a change, a failed change and a removal', async () => {
    await using store = await openSqliteStore({ file: ':memory:', collections: [notes] })
    const read = () => store.read((reader) => reader.get(notes, 'a'))
    await store.write((writer) => writer.put(notes, { id: 'a', text: 'first' }))
    expect(await read()).toEqual({ id: 'a', text: 'first' })
    const failing = store.write(async (writer) => {
      await writer.put(notes, { id: 'a', text: 'never' })
      expect(await writer.get(notes, 'a')).toEqual({ id: 'a', text: 'never' })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await read()).toEqual({ id: 'a', text: 'first' })
    await store.write((writer) => writer.put(notes, { id: 'a', text: 'second' }))
    expect(await read()).toEqual({ id: 'a', text: 'second' })
    await store.write((writer) => writer.remove(notes, 'a'))
    expect(await read()).toBeUndefined()
  })

  it('cannot be changed by who reads them, for others read the same', async () => {
    await using store = await openSqliteStore({ file: ':memory:', collections: [notes] })
    await store.write((writer) => writer.put(notes, { id: 'a', text: 'first', marks: ['x'] }))
    const note = await store.read((reader) => reader.get(notes, 'a'))
    expect(() => note?.marks?.push('y')).toThrow(TypeError)
  })
})
