import { OakError } from '@oakestra/base'

/**
 * The number of an instance in an address.
 * @throws OakError `bad-request`
 */
export function instanceNumber(text: string, lowest: 0 | -1): number {
  const number = /^(-1|\d{1,9})$/.test(text) ? Number(text) : Number.NaN
  if (number >= lowest) return number
  const all = lowest === -1 ? ', or -1 for all' : ''
  throw new OakError('bad-request', `the number of an instance is a whole number from 0${all}`)
}
