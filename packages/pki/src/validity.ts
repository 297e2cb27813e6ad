import type { X509Certificate } from 'node:crypto'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How far the clock of a new peer may be behind ours. */
export const CLOCK_SKEW_MS = HOUR_MS

/** An authority is replaced by joining anew, so it outlives the machines. */
export const AUTHORITY_LIFETIME_MS = 20 * 365 * DAY_MS

/** Certificates of servers and clients: renewed by program from two thirds on, so a peer may be away for four months. */
export const LEAF_LIFETIME_MS = 365 * DAY_MS

/** First and last moment of a certificate's validity. */
export function validityOf(certificate: X509Certificate): { notBeforeMs: number; notAfterMs: number } {
  return { notBeforeMs: Date.parse(certificate.validFrom), notAfterMs: Date.parse(certificate.validTo) }
}

/** True when less than a third of the lifetime is left, or the certificate is not valid (yet). */
export function isRenewalDue(certificate: X509Certificate, nowMs: number): boolean {
  const { notBeforeMs, notAfterMs } = validityOf(certificate)
  return nowMs < notBeforeMs || nowMs > notAfterMs - (notAfterMs - notBeforeMs) / 3
}
