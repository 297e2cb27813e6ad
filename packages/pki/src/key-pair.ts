import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { derObjectIdentifier, derSequence } from './der.ts'

/**
 * ECDSA on P-256 with SHA-256 throughout: every TLS 1.3 peer must support it (RFC 8446 9.1), and keys and signatures are small.
 */
export const SIGNATURE_ALGORITHM = derSequence(derObjectIdentifier('1.2.840.10045.4.3.2'))

const generate = promisify(generateKeyPair)

/** A fresh private key as PKCS #8 PEM. */
export async function generateKeyPem(): Promise<string> {
  const { privateKey } = await generate('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** Signs with a P-256 key; the result is the DER form that certificates hold. */
export function signBytes(bytes: Uint8Array, key: KeyObject): Buffer {
  return sign('sha256', bytes, key)
}

/** The subjectPublicKeyInfo of a key's public half. */
export function spkiOf(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** Identifies a key wherever it is seen: SHA-256 of its subjectPublicKeyInfo, base64url (43 characters). */
export function keyHash(key: KeyObject): string {
  return createHash('sha256').update(spkiOf(key)).digest('base64url')
}

/** True when both PEM texts are halves of the same key; false also when either cannot be read. */
export function isSameKey(privateKeyPem: string, publicKey: KeyObject): boolean {
  try {
    return keyHash(createPrivateKey(privateKeyPem)) === keyHash(publicKey)
  } catch {
    return false
  }
}

/** True for a public key of the one kind in use. */
export function isAcceptableKey(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
}
