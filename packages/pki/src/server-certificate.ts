import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '@oakestra/base'
import type { Authority, Credentials } from './authority.ts'
import { hostsExtension } from './certificate.ts'
import { readTextIfExists, writeSecretFile } from './files.ts'
import { isSameKey } from './key-pair.ts'
import { isRenewalDue } from './validity.ts'

/** The name that children look for in their parent's certificate, whatever address they reach it by. */
export const PARENT_SERVER_NAME = 'oakestra-parent'

export interface ServerCertificateOptions {
  /** Holds `server.pem`; made when missing. */
  readonly dir: string
  readonly authority: Authority
  /** Names and addresses beside `PARENT_SERVER_NAME`, for clients other than children. */
  readonly hosts: readonly string[]
  readonly clock: Clock
}

/**
 * The parent's server certificate: the stored one, or a new one when the hosts changed, less than a third of its
 * lifetime is left, another authority issued it, or it cannot be read. Nobody pins it, so replacing it harms nobody.
 */
export async function ensureServerCertificate(options: ServerCertificateOptions): Promise<Credentials> {
  const path = join(options.dir, 'server.pem')
  const hosts = [...new Set([PARENT_SERVER_NAME, ...options.hosts])].sort()
  const stored = splitCredentials((await readTextIfExists(path)) ?? '')
  if (stored && isUsable(stored, hosts, options)) return stored
  const fresh = await options.authority.issueServer({ commonName: PARENT_SERVER_NAME, hosts })
  await writeSecretFile(path, fresh.keyPem + fresh.certificatePem)
  return fresh
}

function isUsable(stored: Credentials, hosts: readonly string[], options: ServerCertificateOptions): boolean {
  try {
    const leaf = new X509Certificate(stored.certificatePem)
    const ca = new X509Certificate(options.authority.caPem)
    const isOurs = leaf.verify(ca.publicKey) && stored.certificatePem.endsWith(options.authority.caPem)
    const hasHosts = leaf.raw.includes(hostsExtension(hosts))
    return isOurs && hasHosts && isSameKey(stored.keyPem, leaf.publicKey) && !isRenewalDue(leaf, options.clock.wallMs())
  } catch {
    return false
  }
}

/** Key and certificates share a file so that they change together. */
function splitCredentials(text: string): Credentials | undefined {
  const certificateStart = text.indexOf('-----BEGIN CERTIFICATE-----')
  if (certificateStart <= 0) return undefined
  return { keyPem: text.slice(0, certificateStart), certificatePem: text.slice(certificateStart) }
}
