import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from './sqlite.ts'
import type { Collection } from './store.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

interface Blob {
  readonly id: string
  readonly text: string
}

const blobs: Collection<Blob> = { name: 'blobs', key: (blob) => blob.id }
const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: mounting a small disk needs root')

/** A disk of one size, mounted at `path`, gone at the end of the block. */
function smallDisk(path: string, sizeKiB: number): Disposable {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'tmpfs', path])
  if (mounted.status !== 0) throw new Error(`cannot mount a small disk: ${mounted.stderr}`)
  return { [Symbol.dispose]: () => void spawnSync('umount', ['-l', path]) }
}

describe.skipIf(!isRoot)('on a real disk', () => {
  it('that is full it loses nothing that was acknowledged, and goes on when there is room again', async () => {
    using directory = temporaryDirectory()
    using _disk = smallDisk(directory.path, 1024)
    const ballast = join(directory.path, 'ballast')
    writeFileSync(ballast, Buffer.alloc(400 * 1024))
    await using store = await openSqliteStore({ file: join(directory.path, 'x.db'), collections: [blobs] })
    const kept: string[] = []
    const fill = async () => {
      for (let number = 0; number < 1000; number += 1) {
        await store.write((writer) => writer.put(blobs, { id: `${number}`, text: 'x'.repeat(20_000) }))
        kept.push(`${number}`)
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('full') as unknown })
    rmSync(ballast)
    await store.write((writer) => writer.put(blobs, { id: 'later', text: '' }))
    const found = await store.read((reader) => reader.list(blobs))
    expect(found.map((blob) => blob.id).sort()).toEqual([...kept, 'later'].sort())
  })

  it('that is read-only it says so', async () => {
    using directory = temporaryDirectory()
    using _disk = smallDisk(directory.path, 1024)
    spawnSync('mount', ['-o', 'remount,ro', directory.path])
    await expect(openSqliteStore({ file: join(directory.path, 'x.db'), collections: [blobs] })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('read-only') as unknown,
    })
  })
})
