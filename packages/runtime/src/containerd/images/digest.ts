import { createHash } from 'node:crypto'
import { OakError } from '@oakestra/base'

const DIGEST_PATTERN = /^sha256:[0-9a-f]{64}$/

/** The only algorithm containerd and every registry are sure to have. */
export function digestOf(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** True for `sha256:` and 64 lower-case hex digits. */
export function isDigest(text: unknown): text is string {
  return typeof text === 'string' && DIGEST_PATTERN.test(text)
}

/** @throws OakError `image-invalid` when the bytes are not what their digest says */
export function checkDigest(bytes: Uint8Array, digest: string): void {
  const actual = digestOf(bytes)
  if (actual !== digest) throw new OakError('image-invalid', `content of ${digest} has the digest ${actual}`)
}

/** Names of the snapshots of the first one, two, three… layers. OCI image specification, "Layer ChainID". */
export function chainIds(diffIds: readonly string[]): readonly string[] {
  const chain: string[] = []
  for (const diffId of diffIds) {
    const parent = chain.at(-1)
    chain.push(parent === undefined ? diffId : digestOf(`${parent} ${diffId}`))
  }
  return chain
}
