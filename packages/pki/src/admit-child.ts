import type { Clock } from '@oakestra/base'
import type { Store, Writer } from '@oakestra/store'
import type { Authority } from './authority.ts'
import { afterAdmission, checkRedemption, joinTokens } from './join-token.ts'
import { keyHash } from './key-pair.ts'
import type { ChildKind } from './peer-identity.ts'
import { readSigningRequest } from './signing-request.ts'

/** A child that shows a token and proves a key. */
export interface AdmissionRequest {
  readonly tokenId: string
  readonly secret: string
  readonly kind: ChildKind
  readonly name: string
  readonly csrPem: string
}

export interface AdmissionDeps {
  readonly store: Store
  readonly authority: Authority
  readonly clock: Clock
  /**
   * Puts the record of the new child, in the transaction that spends the token, and gives its id.
   * `name` is the token's, or else what the child calls itself. Throwing an `OakError` refuses the child.
   */
  enlist(writer: Writer, child: { kind: ChildKind; name: string; address: string }): Promise<string>
}

export interface IssuedAdmission {
  readonly id: string
  readonly certificatePem: string
  readonly caPem: string
}

/**
 * Lets a child in by its token. The token is spent and the child enlisted in one transaction; the same key may ask
 * again until the token expires and gets a certificate for the same id.
 * @throws OakError `bad-request`, `forbidden`, or what `enlist` throws
 */
export async function admitChild(deps: AdmissionDeps, request: AdmissionRequest, address: string): Promise<IssuedAdmission> {
  const { authority, clock, store } = deps
  const { kind, secret, csrPem } = request
  const hash = keyHash(readSigningRequest(csrPem))
  const id = await store.write(async (writer) => {
    const stored = await writer.get(joinTokens, request.tokenId)
    const { record, knownChildId } = checkRedemption(stored, { secret, kind, keyHash: hash }, clock.wallMs())
    if (knownChildId !== undefined) return knownChildId
    const childId = await deps.enlist(writer, { kind, name: record.name ?? request.name, address })
    await writer.put(joinTokens, afterAdmission(record, hash, childId))
    return childId
  })
  return { id, certificatePem: authority.issueClient({ kind, id, csrPem }), caPem: authority.caPem }
}
