import { stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import type { MetricFamily, MetricSample } from '@oakestra/base'
import { identityEndMs } from '@oakestra/pki'
import type { OakConfig } from '../config.ts'
import { VERSION } from '../version.ts'
import { nodePlaces } from './node-places.ts'
import type { Role } from './roles.ts'

// Looks come every few seconds, and find the same: a certificate is good for months, a store grows by megabytes a day.
const SLOW_MS = 60_000

/** What is known from the data directory: room on its disk, sizes of the stores, how long certificates are good for. */
export class FileMetrics {
  readonly #config: OakConfig
  readonly #roles: readonly Role[]
  #known: Known | undefined

  constructor(config: OakConfig, roles: readonly Role[]) {
    this.#config = config
    this.#roles = roles
  }

  async families(nowMs: number): Promise<readonly MetricFamily[]> {
    const labels = { role: this.#roles.join('+') }
    const { bavail, blocks, bsize } = await statfs(this.#config.dataDir)
    const { stores, certificates } = await this.#slow(nowMs)
    return [
      gauge('oak_disk_free_ratio', 'Free part of the disk that the data directory is on.', [
        { labels, value: blocks > 0 ? bavail / blocks : 1 },
      ]),
      gauge('oak_disk_free_bytes', 'Free bytes of the disk that the data directory is on.', [{ labels, value: bavail * bsize }]),
      gauge('oak_build_info', 'The program.', [{ labels: { ...labels, version: VERSION }, value: 1 }]),
      gauge('oak_store_bytes', 'Size of a store on the disk, with what was not merged into it yet.', stores),
      gauge(
        'oak_certificate_valid_seconds',
        'How long the certificate of a role is still good for.',
        certificates.map(({ role, notAfterMs }) => ({ labels: { role }, value: (notAfterMs - nowMs) / 1_000 })),
      ),
    ]
  }

  async #slow(nowMs: number): Promise<Known> {
    const known = this.#known
    if (known && nowMs >= known.atMs && nowMs < known.atMs + SLOW_MS) return known
    const [stores, certificates] = await Promise.all([storeSizes(this.#config), certificateEnds(this.#config)])
    // A role that has just begun has none yet: it is looked for again until it has.
    if (certificates.length > 0) this.#known = { atMs: nowMs, stores, certificates }
    return { atMs: nowMs, stores, certificates }
  }
}

interface CertificateEnd {
  readonly role: string
  readonly notAfterMs: number
}

/** What costs more to find out than it tells each time. */
interface Known {
  readonly atMs: number
  readonly stores: readonly MetricSample[]
  readonly certificates: readonly CertificateEnd[]
}

function gauge(name: string, help: string, samples: readonly MetricSample[]): MetricFamily {
  return { name, help, kind: 'gauge', samples }
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
async function certificateEnds(config: OakConfig): Promise<readonly CertificateEnd[]> {
  const dirs = [['cluster', path.join(config.dataDir, 'cluster', 'identity')] as const, ['node', nodePlaces(config).identity] as const]
  const read = dirs.map(async ([role, dir]) => {
    const notAfterMs = await identityEndMs(dir)
    return notAfterMs === undefined ? [] : [{ role, notAfterMs }]
  })
  return (await Promise.all(read)).flat()
}
