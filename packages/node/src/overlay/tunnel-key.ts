import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import type { Store } from '@oakestra/store'
import { tunnelKeys } from '../state.ts'

const TAG_BYTES = 16
// What the shared secret is used for: keys for other uses are derived with other words.
const USE = 'oakestra peer probe 1'

/**
 * The key of a node's end of the tunnel (X25519). Its public half goes up with the facts and comes to peers with their documents,
 * so that two nodes of any clusters share a secret that nobody had to make for them.
 */
export class TunnelKey {
  readonly #private: KeyObject
  /** Raw bytes, base64. */
  readonly publicText: string

  constructor(privateKey: KeyObject) {
    this.#private = privateKey
    this.publicText = rawPublic(privateKey)
  }

  /** The node's key, made at its first start: with another one after each restart, nobody would believe its answers for a while. */
  static async load(store: Store): Promise<TunnelKey> {
    const kept = await store.read((reader) => reader.get(tunnelKeys, 'own'))
    if (kept) return new TunnelKey(createPrivateKey({ key: Buffer.from(kept.pkcs8, 'base64'), format: 'der', type: 'pkcs8' }))
    const { privateKey } = generateKeyPairSync('x25519')
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
    await store.write((writer) => writer.put(tunnelKeys, { id: 'own', pkcs8 }))
    return new TunnelKey(privateKey)
  }

  /** What this node and the one with that public key share; `undefined` when the text is no key. */
  secretWith(publicText: string): PairSecret | undefined {
    try {
      const publicKey = createPublicKey({
        key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(publicText, 'base64').toString('base64url') },
        format: 'jwk',
      })
      const shared = diffieHellman({ privateKey: this.#private, publicKey })
      return new PairSecret(createHmac('sha256', shared).update(USE).digest())
    } catch {
      return undefined
    }
  }
}

/** A secret of two nodes, with which each knows what the other said. */
export class PairSecret {
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
  }

  seal(text: string): Buffer {
    const bytes = Buffer.from(text)
    return Buffer.concat([this.#tagOf(bytes), bytes])
  }

  /** `undefined` when somebody else said it. */
  open(sealed: Uint8Array): string | undefined {
    if (sealed.length < TAG_BYTES) return undefined
    const bytes = Buffer.from(sealed.subarray(TAG_BYTES))
    return timingSafeEqual(this.#tagOf(bytes), sealed.subarray(0, TAG_BYTES)) ? bytes.toString() : undefined
  }

  #tagOf(bytes: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(bytes).digest().subarray(0, TAG_BYTES)
  }
}

function rawPublic(privateKey: KeyObject): string {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return Buffer.from(x, 'base64url').toString('base64')
}
