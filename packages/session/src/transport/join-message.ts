import type { Admission, JoinRequest } from './transport.ts'

/** A signing request has 0.4 KB and a certificate 0.7 KB; this bounds what a stranger can make the parent keep. */
export const JOIN_BODY_BYTES_MAX = 16 * 1024

const NAME_LENGTH_MAX = 253

/** The body of `POST /join`, or undefined when it is not one. */
export function parseJoinRequest(text: string): JoinRequest | undefined {
  const { tokenId, secret, kind, name, csrPem } = parseObject(text)
  if (kind !== 'cluster' && kind !== 'node') return undefined
  if (!isText(tokenId, 64) || !isText(secret, 64) || !isText(name, NAME_LENGTH_MAX) || !isText(csrPem, 4096)) return undefined
  return { tokenId, secret, kind, name, csrPem }
}

/** The answer to `POST /join`, or undefined when it is not one. */
export function parseAdmission(text: string): Admission | undefined {
  const { id, certificatePem, caPem } = parseObject(text)
  if (!isText(id, 64) || !isText(certificatePem, 8192) || !isText(caPem, 8192)) return undefined
  return { id, certificatePem, caPem }
}

/** What a refusal says: a code of ours and a sentence. */
export function parseRefusal(text: string): { code: string; message: string } | undefined {
  const { code, message } = parseObject(text)
  return isText(code, 64) && isText(message, 1024) ? { code, message } : undefined
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= lengthMax
}
