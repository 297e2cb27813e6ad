import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OakError, realClock } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOutput } from '../cli/output.ts'
import { loadConfig, type OakConfig } from '../config.ts'
import type { MachineContext } from './door.ts'
import type { RoleComposition } from './roles.ts'
import { runDaemon } from './run-daemon.ts'
import { places, runningDaemons } from './state-file.ts'

let folder: string
let config: OakConfig
let said: string
let stop: AbortController

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oak-daemon-'))
  config = loadConfig({ env: {}, flags: { dataDir: join(folder, 'data') }, readFile: () => undefined }).config
  said = ''
  stop = new AbortController()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function context(): MachineContext {
  const sink = { write: (text: string) => (said += text) }
  return { output: createOutput({ stdout: sink, stderr: sink }, {}, true), env: {}, clock: realClock, signal: stop.signal }
}

/** Roles that do nothing; `events` tells what was done to them. */
function composition(events: string[], ready: () => Promise<void> = () => Promise.resolve()): RoleComposition {
  return {
    startRoles: async (_, roles) => {
      events.push(`start ${roles.join()}`)
      return {
        apiUrl: 'http://127.0.0.1:1',
        ready,
        status: () => Promise.resolve({}),
        [Symbol.asyncDispose]: async () => void events.push('dispose'),
      }
    },
    cleanRoles: () => Promise.resolve([]),
  }
}

function run(events: string[], ready?: () => Promise<void>, detached = false): Promise<void> {
  return runDaemon(context(), config, { roles: ['root', 'node'], flags: {}, detached }, () => Promise.resolve(composition(events, ready)))
}

describe('runDaemon', () => {
  it('tells others when it is ready, and ends in order when it is asked to', async () => {
    const events: string[] = []
    const running = run(events)
    const state = await until('ready', () => runningDaemons(config.dataDir).find(({ phase }) => phase === 'ready'))
    expect(state).toMatchObject({ roles: ['root', 'node'], apiUrl: 'http://127.0.0.1:1', process: { pid: process.pid } })
    stop.abort()
    await running
    expect(events).toEqual(['start root,node', 'dispose'])
    expect(runningDaemons(config.dataDir)).toEqual([])
  })

  it('runs no role twice with one data directory', async () => {
    const running = run([])
    await until('started', () => runningDaemons(config.dataDir).length === 1)
    await expect(run([])).rejects.toThrow(/already runs with this data directory/)
    stop.abort()
    await running
  })

  it('ends well when it is asked to before it was ready', async () => {
    const events: string[] = []
    const running = run(
      events,
      () => new Promise((_, reject) => stop.signal.addEventListener('abort', () => reject(new Error('called off')))),
    )
    await until('started', () => events.length === 1)
    stop.abort()
    await running
    expect(events).toEqual(['start root,node', 'dispose'])
  })

  it('leaves nothing but its log when it cannot start', async () => {
    const failing: RoleComposition = {
      startRoles: () => Promise.reject(new OakError('port-in-use', 'port 10000 is taken')),
      cleanRoles: () => Promise.resolve([]),
    }
    const options = { roles: ['root'] as const, flags: {}, detached: true }
    await expect(runDaemon(context(), config, options, () => Promise.resolve(failing))).rejects.toThrow('port 10000 is taken')
    expect(runningDaemons(config.dataDir)).toEqual([])
    expect(readFileSync(places.logFile(config.dataDir, 'root'), 'utf8')).toContain('port 10000 is taken')
    expect(said).toBe('')
  })
})
