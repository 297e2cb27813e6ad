import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openRotatingFile } from './rotating-file.ts'

it('puts a full file aside and keeps a bounded number of them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oak-log-'))
  const file = openRotatingFile(join(folder, 'oak.log'), { fileBytesMax: 10, oldFilesMax: 2 })
  for (const line of ['first\n', 'second\n', 'third\n', 'fourth\n']) file.write(line)
  file[Symbol.dispose]()
  const kept = readdirSync(folder).sort()
  expect(kept.map((name) => [name, readFileSync(join(folder, name), 'utf8')])).toEqual([
    ['oak.log', 'fourth\n'],
    ['oak.log.1', 'third\n'],
    ['oak.log.2', 'second\n'],
  ])
  rmSync(folder, { recursive: true })
})
