import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '@oakestra/base/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Cgroups } from './cgroups.ts'
import { UsageMeter } from './usage-meter.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oak-cgroup-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function write(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(dir, path), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, path, name), text)
}

/** One group in the files of either version. */
async function group(version: 1 | 2, id: string, { cpuNs = 0, processes = 1, oomKills = 0 }): Promise<void> {
  if (version === 2) {
    await write(`oak/${id}`, {
      'cgroup.events': `populated ${processes > 0 ? 1 : 0}\nfrozen 0\n`,
      'cpu.stat': `usage_usec ${cpuNs / 1000}\nuser_usec 1\n`,
      'memory.current': '5000\n',
      'memory.stat': 'anon 1\ninactive_file 1000\n',
      'memory.events': `oom 1\noom_kill ${oomKills}\n`,
    })
    return
  }
  await write(`pids/oak/${id}`, { 'pids.current': `${processes}\n` })
  await write(`cpuacct/oak/${id}`, { 'cpuacct.usage': `${cpuNs}\n` })
  await write(`memory/oak/${id}`, {
    'memory.usage_in_bytes': '5000\n',
    'memory.stat': 'inactive_file 1\ntotal_inactive_file 1000\n',
    'memory.oom_control': `oom_kill_disable 0\nunder_oom 0\noom_kill ${oomKills}\n`,
  })
}

function cgroupsOf(version: 1 | 2): Cgroups {
  const mounts: Readonly<Record<string, string>> =
    version === 2 ? { '': dir } : { memory: `${dir}/memory`, cpuacct: `${dir}/cpuacct`, pids: `${dir}/pids` }
  return new Cgroups({ version, mounts, canLimitSwap: true }, '/oak', new VirtualClock())
}

function meterOf(version: 1 | 2, clock: VirtualClock, diskBytes: () => number): UsageMeter {
  return new UsageMeter({ cgroups: cgroupsOf(version), snapshots: { diskBytes: async () => diskBytes() }, clock, cpuCount: 2 })
}

test.each([1, 2] as const)('measures use from one look to the next, with groups of version %i', async (version) => {
  const clock = new VirtualClock()
  const meter = meterOf(version, clock, () => 7)
  await group(version, 'one', { cpuNs: 1e9 })
  await group(version, 'ended', { processes: 0 })
  expect(await meter.measure()).toEqual(new Map([['one', { cpuPercent: 0, memoryBytes: 4000, diskBytes: 7 }]]))
  await clock.advance(2000)
  await group(version, 'one', { cpuNs: 2e9 })
  expect((await meter.measure()).get('one')?.cpuPercent).toBe(25)
  await clock.advance(2000)
  await group(version, 'one', { cpuNs: 5e8 })
  expect((await meter.measure()).get('one')?.cpuPercent).toBe(0)
})

test('asks for the disk once a minute', async () => {
  const clock = new VirtualClock()
  let asked = 0
  const meter = meterOf(1, clock, () => ++asked)
  await group(1, 'one', {})
  for (let count = 0; count < 13; count += 1) {
    await meter.measure()
    await clock.advance(5000)
  }
  expect(asked).toBe(2)
})

test('finds nothing where no group was made', async () => {
  expect(await meterOf(2, new VirtualClock(), () => 0).measure()).toEqual(new Map())
})

test.each([1, 2] as const)('knows whether memory ran out, with groups of version %i', async (version) => {
  await group(version, 'one', { oomKills: 0 })
  await group(version, 'two', { oomKills: 2 })
  const cgroups = cgroupsOf(version)
  expect([await cgroups.hadOutOfMemory('one'), await cgroups.hadOutOfMemory('two'), await cgroups.hadOutOfMemory('gone')]).toEqual([
    false,
    true,
    false,
  ])
})
