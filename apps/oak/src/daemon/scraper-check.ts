import { createHash, timingSafeEqual } from 'node:crypto'
import { OakError } from '@oakestra/base'

/** @returns what throws OakError `unauthenticated` for whoever does not bring the token */
export function scraperCheck(token: string): (authorization: string | undefined) => void {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(`Bearer ${token}`)
  return (authorization) => {
    if (timingSafeEqual(digest(authorization ?? ''), expected)) return
    throw new OakError(
      'unauthenticated',
      'scrapers need the token in the file metrics-token of the data directory: Authorization: Bearer TOKEN',
    )
  }
}
