import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LIMITS, silentLogger } from '@oakestra/base'
import { until, VirtualClock } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogEntry, LogKeeper, LogQuery } from '../logs.ts'
import { createLogKeeper, type LogKeeperOptions } from './create-log-keeper.ts'

let dir: string
let clock: VirtualClock
let keepers: LogKeeper[]
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oak-logs-'))
  clock = new VirtualClock()
  keepers = []
})
afterEach(async () => {
  for (const keeper of keepers) await keeper[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

/** As an agent makes one when it starts. One that is not disposed before the next is an agent that was killed. */
async function newKeeper(options: Partial<LogKeeperOptions> = {}): Promise<LogKeeper> {
  const keeper = await createLogKeeper({ dir, clock, logger: silentLogger, ...options })
  keepers.push(keeper)
  return keeper
}

async function collectEntries(keeper: LogKeeper, id: string, query: Partial<LogQuery> = {}): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = []
  for await (const entry of keeper.read(id, { follow: false, ...query }, new AbortController().signal)) entries.push(entry)
  return entries
}

async function lines(keeper: LogKeeper, id: string, query: Partial<LogQuery> = {}): Promise<readonly string[]> {
  return (await collectEntries(keeper, id, query)).map((entry) => entry.line)
}

const outputFiles = async (id: string) => (await readdir(join(dir, id))).filter((name) => name.endsWith('.log')).toSorted()

describe('what a workload prints', () => {
  test('is kept by stream, with the time of its receipt', async () => {
    const keeper = await newKeeper()
    const { stdoutPath, stderrPath } = await keeper.open('one')
    await clock.advance(1000)
    await appendFile(stdoutPath, 'hello\n')
    await appendFile(stderrPath, 'oh\n')
    await keeper.flush('one')
    const timeMs = clock.wallMs()
    expect(await collectEntries(keeper, 'one')).toEqual([
      { timeMs, stream: 'stdout', line: 'hello', partial: false },
      { timeMs, stream: 'stderr', line: 'oh', partial: false },
    ])
  })

  test('is collected soon after it was printed', async () => {
    const keeper = await newKeeper()
    const { stdoutPath } = await keeper.open('one')
    await appendFile(stdoutPath, 'hello\n')
    await until('the line is kept', async () => {
      await clock.advance(100)
      return (await lines(keeper, 'one')).length === 1
    })
  })

  test('is shown although it does not end in a newline, once it has waited', async () => {
    const keeper = await newKeeper()
    const { stdoutPath } = await keeper.open('one')
    await appendFile(stdoutPath, 'password: ')
    await until('the question is kept', async () => {
      await clock.advance(5_000)
      return (await collectEntries(keeper, 'one'))[0]?.partial
    })
    await appendFile(stdoutPath, 'secret\n')
    await keeper.flush('one')
    expect(await collectEntries(keeper, 'one')).toMatchObject([
      { line: 'password: ', partial: true },
      { line: 'secret', partial: false },
    ])
  })

  test('comes in parts when its lines are long, and whole when these are joined', async () => {
    const keeper = await newKeeper()
    const { stdoutPath } = await keeper.open('one')
    const line = '0123456789'.repeat(20_000)
    await appendFile(stdoutPath, `${line}\nshort\n`)
    await keeper.flush('one')
    const entries = await collectEntries(keeper, 'one')
    expect(
      entries
        .slice(0, -1)
        .map((entry) => entry.line)
        .join(''),
    ).toBe(line)
    expect(entries.every((entry) => Buffer.byteLength(entry.line) <= LIMITS.logLineBytes)).toBe(true)
    expect(entries.map((entry) => entry.partial)).toEqual([...entries.slice(2).map(() => true), false, false])
  })

  test('keeps characters whole that arrive in two pieces', async () => {
    const keeper = await newKeeper()
    const { stdoutPath } = await keeper.open('one')
    const bytes = Buffer.from('a€b\n')
    await appendFile(stdoutPath, bytes.subarray(0, 2))
    await keeper.flush('one')
    await appendFile(stdoutPath, bytes.subarray(2))
    await keeper.flush('one')
    expect((await lines(keeper, 'one')).join('')).toBe('a€b')
  })

  test('is not known under an id nobody opened', async () => {
    const keeper = await newKeeper()
    await expect(lines(keeper, 'none')).rejects.toMatchObject({ code: 'not-found' })
    await keeper.flush('none')
    await keeper.remove('none')
    expect(await keeper.list()).toEqual([])
  })

  test.each(['', '.', '..', '../other', 'a/b', `a${'b'.repeat(200)}`])('has no id like %j', async (id) => {
    const keeper = await newKeeper()
    await expect(keeper.open(id)).rejects.toMatchObject({ code: 'bad-request' })
  })
})

describe('reading', () => {
  async function ten(options: Partial<LogKeeperOptions> = {}): Promise<LogKeeper> {
    const keeper = await newKeeper(options)
    const { stdoutPath } = await keeper.open('one')
    for (let number = 0; number < 10; number += 1) {
      await appendFile(stdoutPath, `line ${number}\n`)
      await keeper.flush('one')
      await clock.advance(1000)
    }
    return keeper
  }

  test.each([0, 1, 3, 10, 11])('gives the last %i', async (tail) => {
    const expected = Array.from({ length: 10 }, (_, number) => `line ${number}`).slice(Math.max(0, 10 - tail))
    expect(await lines(await ten(), 'one', { tail })).toEqual(expected)
  })

  test.each([1, 4, 7])('finds the last %i over several files', async (tail) => {
    const keeper = await ten({ rotateBytes: 80, filesKept: 10 })
    expect((await outputFiles('one')).length).toBeGreaterThan(3)
    expect(await lines(keeper, 'one', { tail })).toEqual(Array.from({ length: tail }, (_, at) => `line ${10 - tail + at}`))
  })

  test('gives what came since a time', async () => {
    const keeper = await ten()
    expect(await lines(keeper, 'one', { sinceMs: clock.wallMs() - 3000 })).toEqual(['line 7', 'line 8', 'line 9'])
    expect(await lines(keeper, 'one', { sinceMs: clock.wallMs() - 3000, tail: 1 })).toEqual(['line 9'])
  })

  test('follows what is printed, over the ends of files, at the pace of the reader', async () => {
    const keeper = await newKeeper({ rotateBytes: 200, filesKept: 100 })
    const { stdoutPath } = await keeper.open('one')
    const abort = new AbortController()
    const reader = keeper.read('one', { follow: true }, abort.signal)[Symbol.asyncIterator]()
    for (let number = 0; number < 50; number += 1) {
      const next = reader.next()
      await appendFile(stdoutPath, `line ${number}\n`)
      await keeper.flush('one')
      expect((await next).value).toMatchObject({ line: `line ${number}` })
    }
    expect((await outputFiles('one')).length).toBeGreaterThan(5)
    abort.abort()
    expect((await reader.next()).done).toBe(true)
  })

  test('says so to a follower who was too slow', async () => {
    const keeper = await newKeeper({ rotateBytes: 100, filesKept: 1 })
    const { stdoutPath } = await keeper.open('one')
    const abort = new AbortController()
    const reader = keeper.read('one', { follow: true }, abort.signal)[Symbol.asyncIterator]()
    await appendFile(stdoutPath, 'first\n')
    await keeper.flush('one')
    await reader.next()
    for (let number = 0; number < 50; number += 1) {
      await appendFile(stdoutPath, `line ${number}\n`)
      await keeper.flush('one')
    }
    const seen: string[] = []
    while (seen.at(-1) !== 'line 49') seen.push((await reader.next()).value.line)
    expect(seen.some((line) => line.includes('deleted before it could be read'))).toBe(true)
    expect(new Set(seen).size).toBe(seen.length)
    await reader.return?.()
  })

  test('ends for followers when the log is removed, and when the agent ends', async () => {
    const keeper = await newKeeper()
    await keeper.open('one')
    await keeper.open('two')
    const { signal } = new AbortController()
    const following = ['one', 'two'].map(async (id) => {
      for await (const _ of keeper.read(id, { follow: true }, signal));
    })
    await keeper.remove('one')
    await following[0]
    await keeper[Symbol.asyncDispose]()
    await following[1]
  })
})

describe('bounds', () => {
  test('deletes the oldest files', async () => {
    const keeper = await newKeeper({ rotateBytes: 500, filesKept: 2 })
    const { stdoutPath } = await keeper.open('one')
    for (let number = 0; number < 200; number += 1) {
      await appendFile(stdoutPath, `line ${number}\n`)
      await keeper.flush('one')
    }
    expect((await outputFiles('one')).length).toBeLessThanOrEqual(3)
    expect((await lines(keeper, 'one')).at(-1)).toBe('line 199')
  })

  test('reads the newest when too much was printed, and says what was dropped', async () => {
    const keeper = await newKeeper({ backlogBytesMax: 1000 })
    const { stdoutPath } = await keeper.open('one')
    await appendFile(stdoutPath, Array.from({ length: 1000 }, (_, number) => `line ${number}\n`).join(''))
    await keeper.flush('one')
    const kept = await lines(keeper, 'one')
    expect(kept[0]).toMatch(/^\[oakestra\] \d+ bytes of output were dropped here/)
    expect(kept.at(-1)).toBe('line 999')
    expect(kept.slice(1).every((line) => /^line \d+$/.test(line))).toBe(true)
    expect(kept.length).toBeLessThan(120)
  })

  test('gives the disk back what was read', async () => {
    const keeper = await newKeeper()
    const { stdoutPath } = await keeper.open('one')
    const block = Buffer.from(`${'x'.repeat(99)}\n`.repeat(10_000))
    for (let count = 0; count < 4; count += 1) {
      await appendFile(stdoutPath, block)
      await keeper.flush('one')
    }
    const { size, blocks } = await stat(stdoutPath)
    expect(size).toBe(4_000_000)
    expect(blocks * 512).toBeLessThan(1_000_000)
  })

  test('needs no more memory for much output than for little', async () => {
    const keeper = await newKeeper({ backlogBytesMax: 2 ** 30 })
    const { stdoutPath } = await keeper.open('one')
    const block = Buffer.from(`${'x'.repeat(63)}\n`.repeat(16_384))
    for (let count = 0; count < 32; count += 1) await appendFile(stdoutPath, block)
    let peak = 0
    const before = process.memoryUsage().arrayBuffers
    const sampling = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
    }, 5)
    await keeper.flush('one')
    clearInterval(sampling)
    expect(peak).toBeLessThan(8 * 1024 * 1024)
  })

  test('leaves no file behind', async () => {
    const keeper = await newKeeper()
    const { stdoutPath } = await keeper.open('one')
    await appendFile(stdoutPath, 'hello\n')
    await keeper.flush('one')
    expect(await keeper.list()).toEqual(['one'])
    await keeper.remove('one')
    expect(await readdir(dir)).toEqual([])
    expect(await keeper.list()).toEqual([])
  })

  test('begins anew under an id that was removed', async () => {
    const keeper = await newKeeper()
    await keeper.open('one')
    await keeper.remove('one')
    const { stdoutPath } = await keeper.open('one')
    await appendFile(stdoutPath, 'again\n')
    await keeper.flush('one')
    expect(await lines(keeper, 'one')).toEqual(['again'])
  })
})

describe('when the agent was away', () => {
  test('keeps what was printed meanwhile, with the time it was last printed at', async () => {
    const before = await newKeeper()
    const { stdoutPath } = await before.open('one')
    await appendFile(stdoutPath, 'before\n')
    await before.flush('one')
    await before[Symbol.asyncDispose]()
    await appendFile(stdoutPath, 'meanwhile\n')
    const printedAt = new Date(clock.wallMs() - 60_000)
    await utimes(stdoutPath, printedAt, printedAt)
    const after = await newKeeper()
    await after.open('one')
    await appendFile(stdoutPath, 'after\n')
    await after.flush('one')
    expect(await collectEntries(after, 'one')).toMatchObject([
      { line: 'before', timeMs: clock.wallMs() },
      { line: 'meanwhile', timeMs: printedAt.getTime() },
      { line: 'after', timeMs: clock.wallMs() },
    ])
  })

  test('reads logs that nobody opened since', async () => {
    const before = await newKeeper()
    const { stdoutPath } = await before.open('one')
    await appendFile(stdoutPath, 'printed\nand more\n')
    await before[Symbol.asyncDispose]()
    const after = await newKeeper()
    expect(await after.list()).toEqual(['one'])
    await after.flush('one')
    expect(await lines(after, 'one')).toEqual(['printed', 'and more'])
  })

  test('shows each line once although it was killed after writing and before noting it', async () => {
    const killed = await newKeeper()
    const { stdoutPath } = await killed.open('one')
    await appendFile(stdoutPath, 'first\n')
    await killed.flush('one')
    const [file = ''] = await outputFiles('one')
    await appendFile(stdoutPath, 'second\n')
    await appendFile(join(dir, 'one', file), '2026-01-01T00:00:00.000Z stdout F second\n2026-01-01T00:00:00.000Z std')
    const after = await newKeeper()
    await after.open('one')
    await after.flush('one')
    expect(await lines(after, 'one')).toEqual(['first', 'second'])
  })

  test('forgets a file that was begun but not noted', async () => {
    const killed = await newKeeper()
    const { stdoutPath } = await killed.open('one')
    await appendFile(stdoutPath, 'first\n')
    await killed.flush('one')
    await appendFile(join(dir, 'one', '0000000002.log'), 'half an entr')
    const after = await newKeeper()
    await after.open('one')
    expect(await outputFiles('one')).toEqual(['0000000001.log'])
    expect(await lines(after, 'one')).toEqual(['first'])
  })

  test('goes on when a power cut made the output shorter than noted', async () => {
    const before = await newKeeper()
    const { stdoutPath } = await before.open('one')
    await appendFile(stdoutPath, 'first\nsecond\n')
    await before.flush('one')
    const [file = ''] = await outputFiles('one')
    const path = join(dir, 'one', file)
    await truncate(path, (await readFile(path)).indexOf('\n') + 1)
    const after = await newKeeper()
    await after.open('one')
    await appendFile(stdoutPath, 'third\n')
    await after.flush('one')
    expect(await lines(after, 'one')).toEqual(['first', 'third'])
  })

  test('reads a spool that a power cut made shorter', async () => {
    const before = await newKeeper()
    const { stdoutPath } = await before.open('one')
    await appendFile(stdoutPath, 'first\nsecond\n')
    await before.flush('one')
    await before[Symbol.asyncDispose]()
    await truncate(stdoutPath, 0)
    await appendFile(stdoutPath, 'third\n')
    const after = await newKeeper()
    await after.open('one')
    await after.flush('one')
    expect(await lines(after, 'one')).toEqual(['first', 'second', 'third'])
  })
})
