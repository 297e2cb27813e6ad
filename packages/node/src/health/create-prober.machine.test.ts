import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { realClock, silentLogger, withDeadline } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { createKernelNetwork, type Network } from '@oakestra/net'
import { createFakeRuntime, FakeMachine } from '@oakestra/runtime/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProber } from './create-prober.ts'

const ID = 'a'.repeat(24)
const TAG = '6ea17'
const ADDRESS = '10.18.250.194'
const why = whyNot()
if (why) console.warn(`SKIPPED: health checks over the real network, for ${why}`)

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may make namespaces'
  const missing = ['nsenter', 'busybox'].find((tool) => spawnSync(tool, ['--help']).error)
  return missing && `${missing} is not installed`
}

describe.skipIf(why)('a check over the real network', () => {
  const prober = createProber(createFakeRuntime({ machine: new FakeMachine(), clock: realClock }))
  let network: Network
  let server: ChildProcess | undefined
  let dir: string

  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'oak-health-'))
    await writeFile(path.join(dir, 'health'), 'ok')
    network = createKernelNetwork({ tag: TAG, logger: silentLogger, clock: realClock })
    const addresses = { namespaceV4: ADDRESS, namespaceV6: 'fc00::fac2', instanceV4: '10.30.250.2', instanceV6: 'fdff::fa02' }
    await network.apply({
      place: { tag: TAG, subnetV4: '10.18.250.192/26', subnetV6: 'fc00::fa00/120' },
      attachments: [{ instanceId: ID, ...addresses, ports: [] }],
      services: [],
    })
  })
  afterAll(async () => {
    server?.kill('SIGKILL')
    await network?.clear()
    await network?.[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  })

  const ask = (probe: Parameters<typeof prober.probe>[0]['probe']) => {
    const asked = prober.probe({ instanceId: ID, address: ADDRESS, probe, timeoutMs: 5_000 }, AbortSignal.timeout(5_000))
    return withDeadline(asked, 6_000, 'an answer', realClock)
  }

  it('reaches an instance from its node, at its address in the subnet', async () => {
    expect(await ask({ kind: 'tcp', port: 80 })).toEqual({ answer: 'bad', reason: 'nothing listens on port 80' })
    server = spawn('nsenter', [`--net=${network.netnsPath(ID)}`, 'busybox', 'httpd', '-f', '-p', '80', '-h', dir], { stdio: 'ignore' })
    await until('it listens', async () => (await ask({ kind: 'tcp', port: 80 })).answer === 'good')
    expect(await ask({ kind: 'http', port: 80, path: '/health' })).toEqual({ answer: 'good' })
    expect(await ask({ kind: 'http', port: 80, path: '/nothing' })).toEqual({ answer: 'bad', reason: 'it answered with status 404' })
  })
})
