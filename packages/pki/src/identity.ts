import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { OakError } from '@oakestra/base'
import { readTextIfExists, writeSecretFile } from './files.ts'
import { generateKeyPem, isSameKey } from './key-pair.ts'
import { type ChildKind, parseChildSubject } from './peer-identity.ts'
import { validityOf } from './validity.ts'

/** What a child proves itself with, and what it proves its parent by. */
export interface Identity {
  readonly kind: ChildKind
  readonly id: string
  readonly keyPem: string
  readonly certificatePem: string
  readonly caPem: string
}

/** The child's private key (PKCS #8 PEM), made at the first call and kept, so that a repeated joining is the same child's. */
export async function ensureIdentityKey(dir: string): Promise<string> {
  const stored = await readTextIfExists(keyPath(dir))
  if (stored !== undefined) return stored
  const keyPem = await generateKeyPem()
  await writeSecretFile(keyPath(dir), keyPem)
  return keyPem
}

/**
 * The stored identity, or undefined for a child that has not joined yet.
 * @throws OakError `conflict` when the files do not belong together
 */
export async function loadIdentity(dir: string): Promise<Identity | undefined> {
  const [keyPem, chain] = await Promise.all([readTextIfExists(keyPath(dir)), readTextIfExists(chainPath(dir))])
  if (chain === undefined) return undefined
  const [certificatePem, caPem] = chain.split(/(?<=-----END CERTIFICATE-----\n)/)
  if (keyPem === undefined || !certificatePem || !caPem) throw unusable(dir)
  return makeIdentity({ keyPem, certificatePem, caPem }, () => unusable(dir))
}

/** When the stored certificate ends, in milliseconds since 1970; undefined before joining. Read without proving that it fits its key. */
export async function identityEndMs(dir: string): Promise<number | undefined> {
  const chain = await readTextIfExists(chainPath(dir))
  return chain === undefined ? undefined : validityOf(new X509Certificate(chain)).notAfterMs
}

/** Stores what a parent issued; the key is stored already. Certificates change as one file, so a crash leaves the old or the new. */
export async function saveIdentity(dir: string, identity: Identity): Promise<void> {
  await writeSecretFile(chainPath(dir), `${identity.certificatePem.trim()}\n${identity.caPem.trim()}\n`)
}

/**
 * Checks that a certificate is for this key, from this authority, and names a child.
 * @throws what `complaint` makes
 */
export function makeIdentity(
  parts: Pick<Identity, 'keyPem' | 'certificatePem' | 'caPem'>,
  complaint: () => OakError = () => new OakError('unauthenticated', 'the parent issued a certificate that does not fit'),
): Identity {
  const name = verifiedName(parts)
  if (!name) throw complaint()
  return { ...name, ...parts }
}

function verifiedName(parts: Pick<Identity, 'keyPem' | 'certificatePem' | 'caPem'>) {
  try {
    const leaf = new X509Certificate(parts.certificatePem)
    const isVouchedFor = leaf.verify(new X509Certificate(parts.caPem).publicKey)
    return isVouchedFor && isSameKey(parts.keyPem, leaf.publicKey) ? parseChildSubject(leaf.subject) : undefined
  } catch {
    return undefined
  }
}

function unusable(dir: string): OakError {
  return new OakError('conflict', `the identity in ${dir} is damaged; remove that directory and join with a new token`)
}

const keyPath = (dir: string) => join(dir, 'identity.key')
const chainPath = (dir: string) => join(dir, 'identity.crt')
