import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogArchive } from './log-archive.ts'
import { LogFeed } from './log-feed.ts'

const START_MS = Date.UTC(2026, 0, 1)
const line = (second: number, level: string, msg: string, fields = {}) =>
  `${JSON.stringify({ level, time: new Date(START_MS + second * 1_000).toISOString(), role: 'root', ...fields, msg })}\n`

describe('logs that were written', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'oak-logs-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const archive = (...names: string[]) => new LogArchive(() => names.map((name) => join(dir, name)))
  const messages = async (from: LogArchive, query = {}, limit = 100) =>
    (await from.search(query, limit)).lines.map(({ message }) => message)

  it('are found newest first, across files that were put aside and across roles', async () => {
    writeFileSync(join(dir, 'root.log.1'), line(1, 'info', 'one') + line(2, 'info', 'two'))
    writeFileSync(join(dir, 'root.log'), line(4, 'info', 'four'))
    writeFileSync(join(dir, 'node.log'), line(3, 'info', 'three', { role: 'node' }))
    expect(await messages(archive('root.log', 'node.log', 'absent.log'))).toEqual(['four', 'three', 'two', 'one'])
  })

  it('are found by level, role, time and text in any field', async () => {
    writeFileSync(
      join(dir, 'a.log'),
      line(1, 'warn', 'a', { cluster: 'Paris' }) + line(2, 'error', 'b') + line(3, 'info', 'c', { role: 'node' }),
    )
    const all = archive('a.log')
    expect(await messages(all, { levels: ['error', 'warn'] })).toEqual(['b', 'a'])
    expect(await messages(all, { role: 'node' })).toEqual(['c'])
    expect(await messages(all, { text: 'paris' })).toEqual(['a'])
    expect(await messages(all, { sinceMs: START_MS + 2_000 })).toEqual(['c', 'b'])
    expect(await messages(all, { beforeMs: START_MS + 2_000 })).toEqual(['a'])
  })

  it('come page by page', async () => {
    writeFileSync(join(dir, 'a.log'), Array.from({ length: 10 }, (_, second) => line(second, 'info', `m${second}`)).join(''))
    const first = await archive('a.log').search({}, 4)
    expect([first.lines.map(({ message }) => message), first.isComplete]).toEqual([['m9', 'm8', 'm7', 'm6'], false])
    const oldest = first.lines.at(-1)?.timeMs ?? 0
    expect(await messages(archive('a.log'), { beforeMs: oldest }, 4)).toEqual(['m5', 'm4', 'm3', 'm2'])
    expect((await archive('a.log').search({}, 10)).isComplete).toBe(true)
  })

  it('are whole when they are longer than a block, and without halves that a power cut left', async () => {
    const many = Array.from({ length: 5_000 }, (_, second) => line(second, 'info', `m${second}`, { pad: 'ü'.repeat(50) }))
    writeFileSync(join(dir, 'a.log'), `${many.join('')}{"level":"inf`)
    const found = await messages(archive('a.log'), {}, 10_000)
    expect(found).toEqual(Array.from({ length: 5_000 }, (_, second) => `m${4_999 - second}`))
  })
})

describe('logs as they are written', () => {
  it('reach whoever follows, and only what it looks for', async () => {
    const feed = new LogFeed()
    using following = feed.follow({ levels: ['error'] })
    const next = following.next(AbortSignal.timeout(5_000))
    feed.take(line(1, 'info', 'no'))
    feed.take(line(2, 'error', 'yes'))
    expect((await next).lines.map(({ message }) => message)).toEqual(['yes'])
  })

  it('are told to be missing when somebody is too slow', async () => {
    const feed = new LogFeed()
    using following = feed.follow({})
    for (let count = 0; count < 2_500; count += 1) feed.take(line(count, 'info', 'x'))
    const { lines, missed } = await following.next(AbortSignal.timeout(5_000))
    expect([lines.length, missed]).toEqual([2_000, 500])
  })

  it('end for whoever leaves', async () => {
    const leave = new AbortController()
    using following = new LogFeed().follow({})
    const next = following.next(leave.signal)
    leave.abort()
    expect(await next).toEqual({ lines: [], missed: 0 })
  })

  it('are counted by role and level', () => {
    const feed = new LogFeed()
    feed.take(line(1, 'error', 'x'))
    expect(feed.metrics()[0]?.samples).toContainEqual({ labels: { role: 'root', level: 'error' }, value: 1 })
    expect(feed.metrics()[0]?.samples).toContainEqual({ labels: { role: 'root', level: 'warn' }, value: 0 })
  })
})
