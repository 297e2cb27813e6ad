import { type Clock, realClock } from '@oakestra/base'
import { type Authority, createAuthority, makeAuthorityCertificate } from '../authority.ts'
import { type Identity, makeIdentity } from '../identity.ts'
import { generateKeyPem } from '../key-pair.ts'
import type { ChildName } from '../peer-identity.ts'
import { makeSigningRequest } from '../signing-request.ts'

/** An authority that leaves nothing on disk. */
export async function memoryAuthority(options: { name?: string; clock?: Clock } = {}): Promise<Authority> {
  const { name = 'oakestra test authority', clock = realClock } = options
  const keyPem = await generateKeyPem()
  return createAuthority({ keyPem, caPem: makeAuthorityCertificate(keyPem, { name, clock }), clock })
}

/** A child that this authority vouches for. */
export async function memoryIdentity(authority: Authority, child: ChildName): Promise<Identity> {
  const keyPem = await generateKeyPem()
  const csrPem = makeSigningRequest(keyPem, child.kind)
  return makeIdentity({ keyPem, certificatePem: authority.issueClient({ ...child, csrPem }), caPem: authority.caPem })
}
