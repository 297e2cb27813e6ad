import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { localAddress } from './advertise.ts'
import { places } from './state-file.ts'

const TOKEN_BYTES = 32

/** The token of this machine's cluster for changes at the cluster itself, made at the first start. Only the owner may read it. */
export function ensureLocalToken(dataDir: string): string {
  return ensureToken(places.localToken(dataDir))
}

/** The token with which scrapers read `/metrics`; for the `credentials_file` of Prometheus. */
export function ensureMetricsToken(dataDir: string): string {
  return ensureToken(places.metricsToken(dataDir))
}

function ensureToken(path: string): string {
  try {
    const known = readFileSync(path, 'utf8').trim()
    if (known !== '') return known
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  writePrivate(path, token)
  return token
}

/** Notes for the commands beside it where the cluster's API answers. */
export function writeLocalApi(dataDir: string, host: string, port: number): void {
  writePrivate(places.localApi(dataDir), `http://${localAddress(host, port)}`)
}

/** Whole or not at all: a crash leaves the file that was there. */
function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
