import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { type Clock, type IdGenerator, OakError } from '@oakestra/base'
import { z } from 'zod'
import type { KeyStore } from './key-store.ts'

/** Keys by id: the newest signs, every one verifies, so that tokens outlive the change of a key. */
export interface TokenKeys {
  readonly signing: { readonly id: string; readonly key: KeyObject }
  publicKey(id: string): KeyObject | undefined
}

/** Upstream's algorithm, so that its own verifiers can check our tokens. `reference/orchestration.md` 2.2. */
export const TOKEN_ALGORITHM = 'RS256'

const fileSchema = z.object({ keys: z.array(z.object({ id: z.string(), createdAtMs: z.number(), privateKey: z.string() })).min(1) })
type StoredKey = z.infer<typeof fileSchema>['keys'][number]

/**
 * Reads the signing keys, making the first one when there is none.
 * @throws OakError `internal` when what is stored is not ours
 */
export async function openTokenKeys(store: KeyStore, clock: Clock, ids: IdGenerator): Promise<TokenKeys> {
  const text = await store.load()
  const stored = text === undefined ? [await makeKey(store, clock, ids)] : parseKeys(text)
  const keys = stored
    .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
    .map(({ id, privateKey }) => ({ id, key: createPrivateKey(privateKey) }))
  const publicKeys = new Map(keys.map(({ id, key }) => [id, createPublicKey(key)]))
  const [signing] = keys
  if (!signing) throw new OakError('internal', 'the file of token keys holds no key')
  return { signing, publicKey: (id) => publicKeys.get(id) }
}

function parseKeys(text: string): readonly StoredKey[] {
  try {
    return fileSchema.parse(JSON.parse(text)).keys
  } catch (thrown) {
    const advice = 'the file of token keys is damaged; delete it to make new keys, after which everybody logs in again'
    throw new OakError('internal', advice, { cause: thrown, retryable: false })
  }
}

async function makeKey(store: KeyStore, clock: Clock, ids: IdGenerator): Promise<StoredKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const key: StoredKey = { id: ids.next(), createdAtMs: clock.wallMs(), privateKey }
  await store.save(`${JSON.stringify({ keys: [key] })}\n`)
  return key
}
