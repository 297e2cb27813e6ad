import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { type Clock, isId, OakError } from '@oakestra/base'
import { distinguishedName, type Issuer, keyIdentifierOf, makeCertificate, subjectOf } from './certificate.ts'
import { readTextIfExists, writeSecretFile } from './files.ts'
import { generateKeyPem, isSameKey, keyHash, spkiOf } from './key-pair.ts'
import type { ChildKind } from './peer-identity.ts'
import { readSigningRequest } from './signing-request.ts'
import { AUTHORITY_LIFETIME_MS, CLOCK_SKEW_MS, LEAF_LIFETIME_MS, validityOf } from './validity.ts'

export interface ServerRequest {
  readonly commonName: string
  /** DNS names and addresses it is reached by. */
  readonly hosts: readonly string[]
}

export interface ClientRequest {
  readonly kind: ChildKind
  readonly id: string
  /** Proves that whoever asks holds the key. */
  readonly csrPem: string
}

/** A private key and the certificates that vouch for it: its own first, its authority's last. */
export interface Credentials {
  readonly keyPem: string
  readonly certificatePem: string
}

/** Vouches for one parent and its children. Root has one, and every cluster has its own for its nodes. */
export interface Authority {
  readonly caPem: string
  /** SHA-256 of the authority's subjectPublicKeyInfo, base64url: what a join token carries. */
  readonly caHash: string
  /** @throws OakError `bad-request` for a host that is neither an address nor a name */
  issueServer(request: ServerRequest): Promise<Credentials>
  /** @returns the certificate as PEM. @throws OakError `bad-request` when the request proves nothing */
  issueClient(request: ClientRequest): string
}

export interface AuthorityOptions {
  /** Holds `ca.key` and `ca.crt`; made when missing; belongs to this process alone. */
  readonly dir: string
  /** Common name of a new authority; an existing one keeps its own. */
  readonly name: string
  readonly clock: Clock
}

/**
 * Loads the authority of a directory or makes it at the first start. A crash in between is repaired: a key without a
 * certificate has vouched for nothing yet. Whatever else does not fit is refused, never replaced, for children trust it.
 * @throws OakError `conflict`
 */
export async function ensureAuthority(options: AuthorityOptions): Promise<Authority> {
  const paths = { key: join(options.dir, 'ca.key'), certificate: join(options.dir, 'ca.crt') }
  const [keyPem, caPem] = await Promise.all([readTextIfExists(paths.key), readTextIfExists(paths.certificate)])
  if (keyPem !== undefined && caPem !== undefined) return createAuthority({ keyPem, caPem, clock: options.clock })
  if (caPem !== undefined) throw unusable(`${paths.certificate} is there without its key ${paths.key}`)
  const newKeyPem = keyPem ?? (await generateKeyPem())
  if (keyPem === undefined) await writeSecretFile(paths.key, newKeyPem)
  const newCaPem = makeAuthorityCertificate(newKeyPem, options)
  await writeSecretFile(paths.certificate, newCaPem)
  return createAuthority({ keyPem: newKeyPem, caPem: newCaPem, clock: options.clock })
}

/** A self-signed certificate for the key. */
export function makeAuthorityCertificate(keyPem: string, options: Pick<AuthorityOptions, 'name' | 'clock'>): string {
  const key = parsePrivateKey(keyPem)
  const name = distinguishedName(options.name)
  const nowMs = options.clock.wallMs()
  return makeCertificate({
    use: 'authority',
    commonName: options.name,
    publicKey: createPublicKey(key),
    issuer: { key, name, keyIdentifier: keyIdentifierOf(spkiOf(key)) },
    notBeforeMs: nowMs - CLOCK_SKEW_MS,
    notAfterMs: nowMs + AUTHORITY_LIFETIME_MS,
  })
}

/**
 * An authority from its two halves.
 * @throws OakError `conflict` when they do not belong together
 */
export function createAuthority(options: { keyPem: string; caPem: string; clock: Clock }): Authority {
  const { keyPem, caPem, clock } = options
  const key = parsePrivateKey(keyPem)
  const certificate = parseAuthorityCertificate(caPem)
  if (!isSameKey(keyPem, certificate.publicKey)) throw unusable('its certificate and its key do not belong together')
  const issuer = {
    key,
    name: subjectOf(certificate),
    keyIdentifier: keyIdentifierOf(spkiOf(key)),
    notAfterMs: validityOf(certificate).notAfterMs,
  }
  return {
    caPem,
    caHash: keyHash(certificate.publicKey),
    issueServer: (request) => issueServer({ issuer, caPem, clock }, request),
    issueClient: (request) => issueClient({ issuer, clock }, request),
  }
}

interface MortalIssuer extends Issuer {
  readonly notAfterMs: number
}

async function issueServer(deps: { issuer: MortalIssuer; caPem: string; clock: Clock }, request: ServerRequest): Promise<Credentials> {
  for (const host of request.hosts) {
    if (!isIP(host) && !HOST_PATTERN.test(host)) throw new OakError('bad-request', `"${host}" is neither an IP address nor a host name`)
  }
  const keyPem = await generateKeyPem()
  const leaf = makeCertificate({
    use: 'server',
    commonName: request.commonName,
    publicKey: createPublicKey(keyPem),
    hosts: request.hosts,
    ...issuedNow(deps.issuer, deps.clock),
  })
  return { keyPem, certificatePem: leaf + deps.caPem }
}

const HOST_PATTERN = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*$/

function issueClient(deps: { issuer: MortalIssuer; clock: Clock }, request: ClientRequest): string {
  if (!isId(request.id)) throw new OakError('bad-request', 'a child is known by an id of 24 hex digits')
  return makeCertificate({
    use: 'client',
    commonName: `${request.kind}:${request.id}`,
    publicKey: readSigningRequest(request.csrPem),
    ...issuedNow(deps.issuer, deps.clock),
  })
}

function issuedNow(issuer: MortalIssuer, clock: Clock) {
  const nowMs = clock.wallMs()
  return {
    issuer,
    notBeforeMs: nowMs - CLOCK_SKEW_MS,
    notAfterMs: Math.min(nowMs + LEAF_LIFETIME_MS, issuer.notAfterMs),
  }
}

function parsePrivateKey(keyPem: string): KeyObject {
  try {
    return createPrivateKey(keyPem)
  } catch (cause) {
    throw unusable('its key cannot be read', cause)
  }
}

function parseAuthorityCertificate(caPem: string): X509Certificate {
  try {
    const certificate = new X509Certificate(caPem)
    if (certificate.ca && certificate.verify(certificate.publicKey)) return certificate
  } catch (cause) {
    throw unusable('its certificate cannot be read', cause)
  }
  throw unusable('its certificate is not that of an authority')
}

function unusable(why: string, cause?: unknown): OakError {
  const message = `the certificate authority cannot be used: ${why}; restore it from a backup, or remove it and let every child join anew`
  return new OakError('conflict', message, { cause })
}
