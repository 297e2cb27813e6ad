import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { openSqliteStore } from './sqlite.ts'
import { marks } from './testing/crash-writer.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

const WRITER = join(import.meta.dirname, 'testing', 'crash-writer.ts')

/** Reads acknowledged numbers, kills the writer at `killAfter` of them, and returns all that were printed. */
async function acknowledgedBeforeKill(writer: ChildProcess, killAfter: number): Promise<number[]> {
  const acknowledged: number[] = []
  if (!writer.stdout) throw new Error('the writer has no output')
  const lines = createInterface({ input: writer.stdout })
  const ended = once(writer, 'close')
  for await (const line of lines) {
    acknowledged.push(Number(line))
    if (acknowledged.length === killAfter) writer.kill('SIGKILL')
  }
  await ended
  return acknowledged
}

it('has every acknowledged write, and no half of one, after its process was killed', async () => {
  using directory = temporaryDirectory()
  const file = join(directory.path, 'killed.db')
  for (const killAfter of [1, 50, 400]) {
    const writer = spawn(process.execPath, ['--import', 'tsx', WRITER, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const acknowledged = await acknowledgedBeforeKill(writer, killAfter)
    expect(acknowledged.length).toBeGreaterThanOrEqual(killAfter)
    await using store = await openSqliteStore({ file, collections: [marks] })
    const kept = await store.read((reader) => reader.list(marks))
    const numbers = kept.map((mark) => mark.number)
    expect(numbers).toEqual(expect.arrayContaining(acknowledged))
    // Each write puts a pair: both or none.
    expect(kept.filter((mark) => mark.side === 'left').length).toBe(kept.filter((mark) => mark.side === 'right').length)
  }
})
