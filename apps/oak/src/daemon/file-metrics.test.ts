import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { FileMetrics } from './file-metrics.ts'

let dataDir: string
let metrics: FileMetrics

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'oak-file-metrics-'))
  mkdirSync(path.join(dataDir, 'root'))
  writeFileSync(path.join(dataDir, 'root/root.db'), 'x'.repeat(100))
  metrics = new FileMetrics(loadConfig({ env: {}, flags: { dataDir }, readFile: () => undefined }).config, ['root'])
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const samples = async (name: string, nowMs = 0) => (await metrics.families(nowMs)).find((family) => family.name === name)?.samples

test('say how much room is on the disk, and how large stores are, with what is not merged into them yet', async () => {
  expect((await samples('oak_disk_free_ratio'))?.[0]?.value).toBeGreaterThan(0)
  writeFileSync(path.join(dataDir, 'root/root.db-wal'), 'x'.repeat(23))
  expect(await samples('oak_store_bytes')).toEqual([{ labels: { store: 'root' }, value: 123 }])
})

test('name no certificate where there is none', async () => {
  expect(await samples('oak_certificate_valid_seconds')).toEqual([])
})

test('notice within a minute that a store has grown', async () => {
  await samples('oak_store_bytes', 1_000)
  appendFileSync(path.join(dataDir, 'root/root.db'), 'x')
  expect(await samples('oak_store_bytes', 61_000)).toEqual([{ labels: { store: 'root' }, value: 101 }])
})
