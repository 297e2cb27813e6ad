import { mkdtemp, open, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Journal, LOG_START } from './journal.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oak-journal-'))
})
afterEach(() => rm(dir, { recursive: true }))

const position = (outputLength: number) => ({ ...LOG_START, outputLength, stdoutOffset: outputLength * 2 })

async function write(...lengths: readonly number[]): Promise<string> {
  const path = join(dir, 'journal')
  const journal = await Journal.open(path)
  for (const length of lengths) await journal.write(position(length))
  await journal.close()
  return path
}

async function read(path: string) {
  const journal = await Journal.open(path)
  await journal.close()
  return journal.position
}

test('begins at the start', async () => {
  expect(await read(join(dir, 'new'))).toEqual(LOG_START)
})

test.each([[[1]], [[1, 2]], [[1, 2, 3]]])('gives the last position of %j', async (lengths) => {
  expect(await read(await write(...lengths))).toEqual(position(lengths.at(-1) ?? 0))
})

test('goes on after it was opened again', async () => {
  await write(1, 2)
  expect(await read(await write(3))).toEqual(position(3))
})

test.each([0, 100, 200, 300, 400, 500])('gives the position before when byte %i of the last write did not arrive', async (at) => {
  const path = await write(1, 2, 3)
  const before = await readFile(path)
  const file = await open(path, 'r+')
  await file.write(Buffer.from([before[at] === 0x20 ? 0x21 : 0x20]), 0, 1, at)
  await file.close()
  // The third is in the second slot; damage to the first leaves it the newest.
  expect(await read(path)).toEqual(position(at < 256 ? 3 : 2))
})

test('begins anew when nothing can be read', async () => {
  const path = await write(1, 2)
  await truncate(path, 10)
  expect(await read(path)).toEqual(LOG_START)
})
