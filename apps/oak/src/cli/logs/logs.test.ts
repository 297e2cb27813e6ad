import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliHarness, startCli } from '../../testing/cli-harness.ts'

const AT_MS = Date.UTC(2026, 0, 1, 12)
const line = (level: string, message: string, at = AT_MS) => ({ timeMs: at, level, message, fields: { role: 'root', node: 'n1' } })

let cli: CliHarness
beforeEach(async () => {
  cli = await startCli()
})
afterEach(() => cli[Symbol.asyncDispose]())

describe('oak logs', () => {
  test('prints what the control plane logged, the newest last, and asks for what was wanted', async () => {
    cli.root.infrastructure = { '/logs': { lines: [line('error', 'two', AT_MS + 1), line('info', 'one')], isComplete: true } }
    const { stdout } = await cli.run('logs', '--level', 'error,info', '--role', 'root', '--text', 'o', '--limit', '5')
    expect(stdout).toBe('2026-01-01 12:00:00.000  info   root     one  node=n1\n2026-01-01 12:00:00.001  error  root     two  node=n1\n')
    expect(cli.root.requests.at(-1)).toBe('GET /api/infrastructure/logs?level=error%2Cinfo&role=root&text=o&limit=5')
  })

  test('goes on with what is logged until it is ended', async () => {
    cli.root.infrastructure = { '/logs': { lines: [], isComplete: true }, '/logs/stream': [line('warn', 'new')] }
    const interrupt = new AbortController()
    const following = cli.runUntil(interrupt.signal, 'logs', '--follow', '--json')
    await until('it follows', async () => cli.root.requests.some((request) => request.includes('/logs/stream')))
    setImmediate(() => interrupt.abort())
    expect((await following).code).not.toBe(2)
  })
})
