import { createPrivateKey, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { OakError } from '@oakestra/base'
import { distinguishedName } from './certificate.ts'
import { derBitString, derSequence, derValue, expectTag, readDerItems, TAG } from './der.ts'
import { isAcceptableKey, SIGNATURE_ALGORITHM, signBytes, spkiOf } from './key-pair.ts'
import { fromPem, toPem } from './pem.ts'

/** A request for a certificate (PKCS #10, RFC 2986), which proves that its sender holds the private key. */
export function makeSigningRequest(privateKeyPem: string, commonName: string): string {
  const key = createPrivateKey(privateKeyPem)
  const toBeSigned = derSequence(
    derValue(TAG.integer, Buffer.from([0])),
    distinguishedName(commonName),
    spkiOf(key),
    // No attributes: an empty `[0] IMPLICIT SET`.
    derValue(0xa0),
  )
  const signature = derBitString(signBytes(toBeSigned, key))
  return toPem('CERTIFICATE REQUEST', derSequence(toBeSigned, SIGNATURE_ALGORITHM, signature))
}

/**
 * The public key of a request whose signature is good. All else in it is ignored: names are given by the issuer.
 * @throws OakError `bad-request`
 */
export function readSigningRequest(csrPem: string): KeyObject {
  const der = fromPem('CERTIFICATE REQUEST', csrPem)
  if (!der) throw new OakError('bad-request', 'the signing request is not PEM with the label CERTIFICATE REQUEST')
  const { toBeSigned, spki, signature } = splitRequest(der)
  const key = parseKey(spki)
  if (!isAcceptableKey(key)) throw new OakError('bad-request', 'the signing request must be for an ECDSA key on P-256')
  if (!verify('sha256', toBeSigned, key, signature)) {
    throw new OakError('bad-request', 'the signing request is not signed with the key it asks a certificate for')
  }
  return key
}

function splitRequest(der: Buffer): { toBeSigned: Buffer; spki: Buffer; signature: Buffer } {
  const [request, ...behind] = readDerItems(der)
  const [info, algorithm, signature, ...more] = readDerItems(expectTag(request, TAG.sequence).content)
  const [version, name, spki] = readDerItems(expectTag(info, TAG.sequence).content)
  expectTag(version, TAG.integer)
  expectTag(name, TAG.sequence)
  const bits = expectTag(signature, TAG.bitString).content
  const isOurAlgorithm = expectTag(algorithm, TAG.sequence).whole.equals(SIGNATURE_ALGORITHM)
  if (behind.length > 0 || more.length > 0 || !isOurAlgorithm || bits[0] !== 0) {
    throw new OakError('bad-request', 'the signing request must be signed with ECDSA and SHA-256')
  }
  return { toBeSigned: expectTag(info, TAG.sequence).whole, spki: expectTag(spki, TAG.sequence).whole, signature: bits.subarray(1) }
}

function parseKey(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' })
  } catch (cause) {
    throw new OakError('bad-request', 'the signing request holds a public key that cannot be read', { cause })
  }
}
