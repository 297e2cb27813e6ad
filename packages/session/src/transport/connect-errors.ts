import { OakError } from '@oakestra/base'
import { type ParentAddress, renderParentAddress } from './parent-address.ts'

// OpenSSL's words (nodejs.org/api/tls.html#x509-certificate-error-codes) for what people can do something about.
const UNTRUSTED = new Map<string, string>([
  ['CERT_HAS_EXPIRED', 'its certificate has expired; compare the clocks of both machines'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet; compare the clocks of both machines'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'another authority vouches for it'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is not that of a parent'],
  ['INVALID_PURPOSE', 'its certificate is not that of a server'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'another authority vouches for it'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'another authority vouches for it'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'another authority vouches for it'],
  ['CERT_SIGNATURE_FAILURE', 'another authority vouches for it'],
])

/** What a failed connection means to a child: nobody there, or not the one it belongs to. */
export function explainConnectError(error: Error, address: ParentAddress): OakError {
  const where = renderParentAddress(address)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const distrust = UNTRUSTED.get(code)
  if (distrust)
    return new OakError('unauthenticated', `the parent at ${where} cannot be trusted: ${distrust}`, { cause: error, retryable: true })
  return new OakError('unavailable', `the parent at ${where} cannot be reached: ${error.message}`, { cause: error })
}

export function timedOut(address: ParentAddress, timeoutMs: number): OakError {
  return new OakError('unavailable', `the parent at ${renderParentAddress(address)} did not answer within ${timeoutMs} ms`)
}

export function calledOff(signal: AbortSignal): OakError {
  return new OakError('aborted', 'the operation was called off', { cause: signal.reason })
}
