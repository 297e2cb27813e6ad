import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { acquireLock, lockHolder } from './lock.ts'
import { identify } from './process-identity.ts'

let folder: string
const path = () => join(folder, 'root.lock')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oak-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('refuses a second holder and names the first', () => {
  const lock = acquireLock(path())
  expect(() => acquireLock(path())).toThrow(`process ${process.pid} already runs with this data directory`)
  lock[Symbol.dispose]()
  acquireLock(path())[Symbol.dispose]()
  expect(readdirSync(folder)).toEqual([])
})

it('takes over from a process that is gone, even when its number lives on in another', () => {
  const self = identify(process.pid)
  for (const stale of [
    { ...self, pid: 2 ** 22 + 1 },
    { ...self, startTicks: '1' },
    { ...self, bootId: 'another boot' },
  ]) {
    writeFileSync(path(), JSON.stringify(stale))
    expect(lockHolder(path())).toBeUndefined()
    acquireLock(path())[Symbol.dispose]()
  }
})

it('takes over from what a crash left half written, the takeover included', () => {
  writeFileSync(path(), '{"pid":')
  writeFileSync(`${path()}.takeover`, '')
  acquireLock(path())
  expect(lockHolder(path())?.pid).toBe(process.pid)
})
