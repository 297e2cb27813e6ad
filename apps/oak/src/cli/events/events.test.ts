import type { Api, ApiClient } from '@oakestra/api-client'
import { OakError } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliHarness, startCli } from '../../testing/cli-harness.ts'
import type { CliContext } from '../context.ts'
import { followEvents } from './follow-events.ts'

const AT_MS = Date.UTC(2026, 0, 1, 12)
const ABOUT = { applicationId: 'a', serviceId: 's1', instanceNumber: 0, object: { type: 'instance', id: 'i', name: 'shop.t.web.t.0' } }
const CREATED = {
  ...ABOUT,
  id: '0000000000000001',
  timeMs: AT_MS,
  actor: { kind: 'user', name: 'alice' },
  kind: 'instance.created',
  details: { to: 'REQUESTED' },
}
const RUNNING = {
  ...ABOUT,
  id: '0000000000000002',
  timeMs: AT_MS + 70_000,
  actor: { kind: 'node', id: 'n', name: 'edge\u001b[2J' },
  kind: 'instance.status',
  details: { from: 'CREATING', to: 'RUNNING' },
  reason: 'it runs',
}

let cli: CliHarness
beforeEach(async () => {
  cli = await startCli()
  cli.root.events = [RUNNING, CREATED]
  const names = { microservice_name: 'web', microservice_namespace: 't', app_name: 'shop', app_ns: 't' }
  cli.root.services.push({ microserviceID: 's1', ...names } as (typeof cli.root.services)[number])
})
afterEach(() => cli[Symbol.asyncDispose]())

const asked = () => cli.root.requests.filter((request) => request.includes('/api/events')).at(-1)

describe('oak events', () => {
  test('prints what happened, the newest last, one line each', async () => {
    const { code, stdout } = await cli.run('events')
    expect(code).toBe(0)
    expect(stdout).toBe(
      [
        '2026-01-01 12:00:00.000  instance.created      shop.t.web.t.0  REQUESTED  by user alice',
        '2026-01-01 12:01:10.000  instance.status       shop.t.web.t.0  CREATING → RUNNING  by node edge[2J  it runs',
        '',
      ].join('\n'),
    )
  })

  test('asks for what fits, by names or by ids of what is gone', async () => {
    await cli.run('events', '--service', 'web', '--since', '1h', '--kind', 'instance', '-n', '5')
    expect(asked()).toMatch(/service=s1/)
    expect(asked()).toMatch(/since=20\d\d-/)
    expect(asked()).toMatch(/kind=instance/)
    expect(asked()).toMatch(/limit=5/)
    const gone = 'f'.repeat(24)
    expect((await cli.run('events', '--application', gone)).code).toBe(0)
    expect(asked()).toContain(`application=${gone}`)
    expect((await cli.run('events', '--service', 'nothing')).code).toBe(5)
    expect((await cli.run('events', '--since', 'long ago')).code).toBe(2)
  })

  test('prints one event a line for programs', async () => {
    const { stdout } = await cli.run('events', '--json')
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([CREATED, RUNNING])
  })

  test('follows until it is ended, over breaks, from where it was', async () => {
    const end = new AbortController()
    const asked: unknown[] = []
    const rounds = [[CREATED], 'broken', [RUNNING]]
    const api = {
      async *events(_operation: string, input: { readonly lastEventId?: string }) {
        asked.push(input.lastEventId)
        const round = rounds.shift()
        if (!Array.isArray(round)) throw new OakError('unavailable', 'nothing answers')
        for (const event of round) yield { id: event.id, type: 'event', data: event }
      },
    } as unknown as ApiClient
    const printed: string[] = []
    const said: string[] = []
    const output = { talk: (line: string) => said.push(line) }
    const clock = { sleep: async () => undefined }
    const print = async (event: Api.Event) => {
      printed.push(event.kind)
      if (printed.length === 2) end.abort()
    }
    await followEvents({ api, parameters: {}, print, context: { output, clock, signal: end.signal } as unknown as CliContext })
    expect(printed).toEqual(['instance.created', 'instance.status'])
    expect(asked).toEqual([undefined, CREATED.id, CREATED.id])
    expect(said).toEqual(['the stream broke off: nothing answers'])
  })

  test('asks for the stream with --follow', async () => {
    const end = new AbortController()
    const running = cli.runUntil(end.signal, 'events', '--follow', '--since', '1h')
    await until('it asked', () => asked()?.startsWith('GET /api/events/stream?since=') ?? false)
    end.abort()
    expect((await running).stderr).not.toContain('Error')
  })
})

describe('oak service timeline', () => {
  test('shows each step with the time it took', async () => {
    const { code, stdout } = await cli.run('service', 'timeline', 'web', '0')
    expect(code).toBe(0)
    expect(asked()).toMatch(/service=s1.*instance=0|instance=0.*service=s1/)
    const [first, second] = stdout.split('\n')
    expect(first).toMatch(/^ {10}2026-01-01 12:00:00/)
    expect(second).toMatch(/^ *\+70 s .*RUNNING/)
  })

  test('says so when nothing is known', async () => {
    cli.root.events = []
    expect(await cli.run('service', 'timeline', 'web')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('nothing is known'),
    })
  })
})
