import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { mountsBelow, prepareDataDir, removeDataDir } from './data-dir.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oak-data-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('makes a directory only its owner can read, twice without complaint, and removes it whole', () => {
  const dataDir = join(folder, 'a/b')
  prepareDataDir(dataDir)
  prepareDataDir(dataDir)
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  mkdirSync(join(dataDir, 'root'))
  writeFileSync(join(dataDir, 'root/root.db'), '')
  expect(removeDataDir(dataDir)).toBe(true)
  expect(existsSync(dataDir)).toBe(false)
  expect(removeDataDir(dataDir)).toBe(false)
})

it("touches nobody else's files, neither to use their directory nor to remove it", () => {
  writeFileSync(join(folder, 'thesis.odt'), '')
  expect(() => prepareDataDir(folder)).toThrow(/holds other files \(thesis\.odt\)/)
  expect(() => removeDataDir(folder)).toThrow(/was not made by Oakestra/)
  expect(existsSync(join(folder, 'thesis.odt'))).toBe(true)
})

it('finds what is mounted below a directory, not beside it', () => {
  const mountinfo = ['1 2 0:1 / /data rw', '3 1 0:2 / /data/run/my\\040image rw', '4 1 0:3 / /database rw', ''].join('\n')
  expect(mountsBelow('/data', mountinfo)).toEqual(['/data/run/my image'])
})
