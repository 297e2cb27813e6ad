import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { realClock } from '@oakestra/base'
import { afterEach, expect, it } from 'vitest'
import { clientOf } from './testing/samples.ts'

const page = readFileSync(new URL('../../../docs/external-scheduler.md', import.meta.url), 'utf8')

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** The program of the page, as a reader would run it; gives where it listens. */
async function startExample(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'oak-example-'))
  endings.push(() => rmSync(directory, { recursive: true, force: true }))
  const program = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  expect(program.trim().split('\n').length).toBeLessThanOrEqual(16)
  const file = join(directory, 'scheduler.mjs')
  writeFileSync(file, program)
  const child = spawn(process.execPath, [file], { env: { PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  endings.push(() => child.kill('SIGKILL') && exited)
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), exited])) as [unknown]
  return String(line)
}

it('runs the scheduler of the documentation', async () => {
  const { choose } = clientOf(globalThis.fetch, { url: await startExample(), timeoutMs: 10_000, clock: realClock })
  expect(await choose()).toEqual({ ok: true, candidateId: 'b' })
})
