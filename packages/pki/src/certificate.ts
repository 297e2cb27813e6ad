import { createHash, type KeyObject, randomBytes, type X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import {
  derBitString,
  derExplicit,
  derObjectIdentifier,
  derSequence,
  derTime,
  derUtf8String,
  derValue,
  expectTag,
  readDerItems,
  TAG,
} from './der.ts'
import { SIGNATURE_ALGORITHM, signBytes, spkiOf } from './key-pair.ts'
import { toPem } from './pem.ts'

/** What a certificate is good for. An authority signs, a server is connected to, a client connects. */
export type CertificateUse = 'authority' | 'server' | 'client'

/** Who signs. */
export interface Issuer {
  /** In DER, as its own certificate has it. */
  readonly name: Buffer
  readonly key: KeyObject
  /** What `keyIdentifierOf` gives for its key: exporting a key takes longer than signing with it. */
  readonly keyIdentifier: Buffer
}

export interface CertificateFields {
  readonly use: CertificateUse
  readonly commonName: string
  readonly publicKey: KeyObject
  readonly issuer: Issuer
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** Names and addresses a server is reached by. */
  readonly hosts?: readonly string[]
}

/** An X.509 version 3 certificate (RFC 5280) of our one profile, as PEM. */
export function makeCertificate(fields: CertificateFields): string {
  const spki = spkiOf(fields.publicKey)
  const toBeSigned = derSequence(
    derExplicit(0, derValue(TAG.integer, Buffer.from([2]))),
    serialNumber(),
    SIGNATURE_ALGORITHM,
    fields.issuer.name,
    derSequence(derTime(fields.notBeforeMs), derTime(fields.notAfterMs)),
    distinguishedName(fields.commonName),
    spki,
    derExplicit(3, derSequence(...extensions(fields, keyIdentifierOf(spki)))),
  )
  const signature = derBitString(signBytes(toBeSigned, fields.issuer.key))
  return toPem('CERTIFICATE', derSequence(toBeSigned, SIGNATURE_ALGORITHM, signature))
}

/** A name that consists of a common name alone. */
export function distinguishedName(commonName: string): Buffer {
  const attribute = derSequence(derObjectIdentifier('2.5.4.3'), derUtf8String(commonName))
  return derSequence(derValue(TAG.set, attribute))
}

/** The subject's name in DER, cut out of a certificate that OpenSSL could read (RFC 5280 4.1). */
export function subjectOf(certificate: X509Certificate): Buffer {
  const [whole] = readDerItems(certificate.raw)
  const [toBeSigned] = readDerItems(expectTag(whole, TAG.sequence).content)
  const [, , , , , subject] = readDerItems(expectTag(toBeSigned, TAG.sequence).content)
  return expectTag(subject, TAG.sequence).whole
}

/** 126 random bits behind a set one: positive, never shorter, never guessed (RFC 5280 4.1.2.2). */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f)
  return derValue(TAG.integer, bytes)
}

function extensions(fields: CertificateFields, subjectKeyIdentifier: Buffer): Buffer[] {
  const identifiers = [
    extension('2.5.29.14', derValue(TAG.octetString, subjectKeyIdentifier)),
    extension('2.5.29.35', derSequence(derValue(0x80, fields.issuer.keyIdentifier))),
  ]
  if (fields.use === 'authority') return [...authorityExtensions(), ...identifiers]
  const purpose = fields.use === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2'
  const list = [
    extension('2.5.29.19', derSequence(), { critical: true }),
    extension('2.5.29.15', DIGITAL_SIGNATURE, { critical: true }),
    extension('2.5.29.37', derSequence(derObjectIdentifier(purpose)), { critical: true }),
    ...identifiers,
  ]
  if (fields.hosts?.length) list.push(hostsExtension(fields.hosts))
  return list
}

/** The subjectAltName extension. Byte for byte the same for the same hosts in the same order. */
export function hostsExtension(hosts: readonly string[]): Buffer {
  return extension('2.5.29.17', derSequence(...hosts.map(generalName)))
}

// Named bits count from the top of the first byte (RFC 5280 4.2.1.3); the byte before says how many at its end are unused.
const DIGITAL_SIGNATURE = derValue(TAG.bitString, Buffer.from([7, 0x80]))
const CERT_AND_CRL_SIGN = derValue(TAG.bitString, Buffer.from([1, 0x06]))

/** May sign certificates, but none that sign further ones. */
function authorityExtensions(): Buffer[] {
  const isAuthority = derValue(TAG.boolean, Buffer.from([0xff]))
  const pathLength = derValue(TAG.integer, Buffer.from([0]))
  return [
    extension('2.5.29.19', derSequence(isAuthority, pathLength), { critical: true }),
    extension('2.5.29.15', CERT_AND_CRL_SIGN, { critical: true }),
  ]
}

function extension(oid: string, value: Buffer, options: { critical?: boolean } = {}): Buffer {
  const critical = options.critical ? [derValue(TAG.boolean, Buffer.from([0xff]))] : []
  return derSequence(derObjectIdentifier(oid), ...critical, derValue(TAG.octetString, value))
}

/** The leftmost 160 bits of a SHA-256 of a subjectPublicKeyInfo (RFC 7093 2). */
export function keyIdentifierOf(spki: Buffer): Buffer {
  return createHash('sha256').update(spki).digest().subarray(0, 20)
}

function generalName(host: string): Buffer {
  return isIP(host) ? derValue(0x87, addressBytes(host)) : derValue(0x82, Buffer.from(host, 'ascii'))
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // URL writes an IPv6 address in its short form with an embedded IPv4 part already turned into hexadecimal.
  const text = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1)
  const [head = '', tail] = text.split('::')
  const groups = (part: string | undefined) => (part ? part.split(':') : [])
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const words = [...groups(head), ...Array.from({ length: zeros }, () => '0'), ...groups(tail)]
  return Buffer.from(words.map((word) => word.padStart(4, '0')).join(''), 'hex')
}
