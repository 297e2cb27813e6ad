import { ensureIdentityKey, type Identity, type JoinToken, makeIdentity, makeSigningRequest, saveIdentity } from '@oakestra/pki'
import type { JoinTransport } from './transport.ts'

export interface JoinParentOptions {
  readonly transport: JoinTransport
  readonly token: JoinToken
  /** What this child calls itself. */
  readonly name: string
  /** Where its identity is kept. */
  readonly dir: string
  readonly signal: AbortSignal
}

/**
 * Makes a stranger a child and keeps its identity. The key is on disk before the parent hears of it, so that a
 * repeated call after a crash, or after a lost answer, is the same child's.
 * @throws OakError like `JoinTransport.join`
 */
export async function joinParent(options: JoinParentOptions): Promise<Identity> {
  const { transport, token, name, dir, signal } = options
  const keyPem = await ensureIdentityKey(dir)
  const { kind, id: tokenId, secret } = token
  const csrPem = makeSigningRequest(keyPem, kind)
  const { certificatePem, caPem } = await transport.join({ tokenId, secret, kind, name, csrPem }, signal)
  const identity = makeIdentity({ keyPem, certificatePem, caPem })
  await saveIdentity(dir, identity)
  return identity
}
