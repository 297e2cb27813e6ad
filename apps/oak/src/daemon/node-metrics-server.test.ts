import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@oakestra/base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configSchema } from '../config/schema.ts'
import { serveNodeMetrics } from './node-metrics-server.ts'
import { places } from './state-file.ts'

const deps = { logger: silentLogger, onLogLine: () => () => undefined }
const node = async () => [{ name: 'oak_machine_cpu_percent', help: 'Use.', kind: 'gauge' as const, samples: [{ labels: {}, value: 7 }] }]

describe('the metrics of a node alone', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'oak-node-metrics-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))

  it('are told to whoever has the token, and to nobody else', async () => {
    const port = await freePort()
    await using _served = await serveNodeMetrics(configSchema.parse({ dataDir, node: { metricsPort: port } }), node, deps)
    const ask = (path: string, token: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } })
    const token = readFileSync(places.metricsToken(dataDir), 'utf8').trim()
    const text = await (await ask('/metrics', token)).text()
    expect(text).toContain('oak_machine_cpu_percent 7\n')
    expect(text).toContain('oak_disk_free_ratio{role="node"}')
    expect(text).toContain('process_cpu_seconds_total')
    expect((await ask('/metrics', 'guessed')).status).toBe(401)
    expect((await ask('/else', token)).status).toBe(404)
  })

  it('say which setting helps when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const config = configSchema.parse({ dataDir, node: { metricsPort: port } })
    await expect(serveNodeMetrics(config, node, deps)).rejects.toThrow('OAK_NODE_METRICS_PORT')
    taken.close()
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
