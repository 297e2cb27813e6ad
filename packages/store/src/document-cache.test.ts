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
    cache.keep('notes', 'used', 'a', 1)
    cache.keep('notes', 'unused', 'b', 1)
    cache.find('notes', 'used')
    for (let count = 0; count < LIMITS.cachedDocuments - 1; count += 1) cache.keep('notes', `n${count}`, count, 1)
    expect([cache.find('notes', 'used'), cache.find('notes', 'unused')]).toEqual([{ document: 'a' }, undefined])
  })

  it('are not held when they are large', () => {
    const cache = new DocumentCache()
    cache.keep('notes', 'large', 'text', LIMITS.cachedDocumentLength + 1)
    expect(cache.find('notes', 'large')).toBeUndefined()
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
