import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock, silentLogger } from '@oakestra/base'
import { seededRandom } from '@oakestra/base/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogEntry } from '../logs.ts'
import { createLogKeeper } from './create-log-keeper.ts'

const KILLS = 15

let dir: string
let child: ChildProcess | undefined
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oak-logs-'))
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await rm(dir, { recursive: true, force: true })
})

/** What an agent does with one log, until it is killed. */
const AGENT = `
  import { realClock, silentLogger } from '@oakestra/base'
  import { createLogKeeper } from ${JSON.stringify(join(import.meta.dirname, 'create-log-keeper.ts'))}
  const options = { gatherMs: 1, periodMs: 50, rotateBytes: 20_000, filesKept: 10_000, backlogBytesMax: 2 ** 30 }
  const keeper = await createLogKeeper({ dir: process.env.LOG_DIR, clock: realClock, logger: silentLogger, ...options })
  await keeper.open('one')
  process.stdout.write('open')
  for (;;) await keeper.flush('one')
`

/** A process that keeps the log, once it has begun to. */
async function startKeeper(): Promise<ChildProcess> {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const started = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', AGENT], {
    cwd: import.meta.dirname,
    env: { ...env, LOG_DIR: dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(started.stdout, 'data')
  return started
}

test('each byte is kept once, whenever the agent is killed', async () => {
  const random = seededRandom(7)
  const printed: Record<LogEntry['stream'], string> = { stdout: '', stderr: '' }
  let line = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    child = await startKeeper()
    const target = line + 300
    while (line < target) {
      const stream = random.next() < 0.5 ? 'stdout' : 'stderr'
      // Pieces end anywhere, within lines and characters too.
      const text = `${line} ${'ä€😀x'.repeat(Math.trunc(random.next() * 40))}${random.next() < 0.8 ? '\n' : ''}`
      printed[stream] += text
      const bytes = Buffer.from(text)
      const cut = Math.trunc(random.next() * bytes.length)
      await appendFile(join(dir, 'one/spool', stream), bytes.subarray(0, cut))
      await appendFile(join(dir, 'one/spool', stream), bytes.subarray(cut))
      line += 1
    }
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  await using keeper = await createLogKeeper({ dir, clock: realClock, logger: silentLogger, filesKept: 10_000, backlogBytesMax: 2 ** 30 })
  await keeper.flush('one')
  const kept: Record<LogEntry['stream'], string> = { stdout: '', stderr: '' }
  for await (const entry of keeper.read('one', { follow: false }, new AbortController().signal)) {
    kept[entry.stream] += entry.partial ? entry.line : `${entry.line}\n`
  }
  expect(kept).toEqual(printed)
})
