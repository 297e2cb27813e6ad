import { X509Certificate } from 'node:crypto'
import { stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import type { MetricFamily, MetricSample } from '@oakestra/base'
import { loadIdentity } from '@oakestra/pki'
import type { OakConfig } from '../config.ts'
import { VERSION } from '../version.ts'
import { nodePlaces } from './node-places.ts'
import type { Role } from './roles.ts'

/** What is known from the data directory: room on its disk, sizes of the stores, how long certificates are good for. */
export async function fileMetrics(config: OakConfig, roles: readonly Role[], nowMs: number): Promise<readonly MetricFamily[]> {
  const labels = { role: roles.join('+') }
  const gauge = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily => ({ name, help, kind: 'gauge', samples })
  const { bavail, blocks, bsize } = await statfs(config.dataDir)
  const ratio = blocks > 0 ? bavail / blocks : 1
  return [
    gauge('oak_disk_free_ratio', 'Free part of the disk that the data directory is on.', [{ labels, value: ratio }]),
    gauge('oak_disk_free_bytes', 'Free bytes of the disk that the data directory is on.', [{ labels, value: bavail * bsize }]),
    gauge('oak_build_info', 'The program.', [{ labels: { ...labels, version: VERSION }, value: 1 }]),
    gauge('oak_store_bytes', 'Size of a store on the disk, with what was not merged into it yet.', await storeSizes(config)),
    gauge('oak_certificate_valid_seconds', 'How long the certificate of a role is still good for.', await certificates(config, nowMs)),
  ]
}

async function storeSizes({ dataDir }: OakConfig): Promise<readonly MetricSample[]> {
  const files = { root: 'root/root.db', cluster: 'cluster/cluster.db', node: 'node/node.db' }
  const watched = { 'observations of root': 'root/observations.db', 'observations of cluster': 'cluster/observations.db' }
  const sizes = Object.entries({ ...files, ...watched }).map(async ([store, file]) => {
    const bytes = await Promise.all([file, `${file}-wal`].map((each) => sizeOf(path.join(dataDir, each))))
    return { labels: { store }, value: bytes.reduce((sum, size) => sum + size, 0) }
  })
  return (await Promise.all(sizes)).filter(({ value }) => value > 0)
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  )
}

/** Root is the one that issues: it has none that ends. */
async function certificates(config: OakConfig, nowMs: number): Promise<readonly MetricSample[]> {
  const dirs = [['cluster', path.join(config.dataDir, 'cluster', 'identity')] as const, ['node', nodePlaces(config).identity] as const]
  const read = dirs.map(async ([role, dir]) => {
    const identity = await loadIdentity(dir)
    if (!identity) return []
    const { validTo } = new X509Certificate(identity.certificatePem)
    return [{ labels: { role }, value: (Date.parse(validTo) - nowMs) / 1_000 }]
  })
  return (await Promise.all(read)).flat()
}
