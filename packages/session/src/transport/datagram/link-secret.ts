import { randomBytes } from 'node:crypto'
import { KEY_BYTES, LINK_ID_BYTES, type LinkSecret } from './datagram.ts'

/** The header of the answer that opens a session, inside TLS, by which the parent tells the child the secret of their datagrams. */
export const LINK_HEADER = 'x-oakestra-datagrams'

export function makeLinkSecret(): LinkSecret {
  return { linkId: randomBytes(LINK_ID_BYTES).toString('hex'), key: randomBytes(KEY_BYTES) }
}

export function renderLinkSecret({ linkId, key }: LinkSecret): string {
  return `${linkId}.${key.toString('hex')}`
}

/** Undefined when there is none: a parent without a port for datagrams, or something else that is none. */
export function parseLinkSecret(text: string | readonly string[] | undefined): LinkSecret | undefined {
  const [, linkId, key] = /^([0-9a-f]{16})\.([0-9a-f]{64})$/.exec(String(text)) ?? []
  return linkId && key ? { linkId, key: Buffer.from(key, 'hex') } : undefined
}
