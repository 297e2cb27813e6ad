import { describe, expect, it } from 'vitest'
import { fitReason } from './close-notice.ts'

describe('fitReason', () => {
  it('leaves short reasons alone and cuts long ones at the border of a character', () => {
    expect(fitReason('bye')).toBe('bye')
    expect(fitReason('x'.repeat(200))).toBe('x'.repeat(123))
    expect(fitReason('€'.repeat(60))).toBe('€'.repeat(41))
    expect(fitReason(`x${'€'.repeat(60)}`)).toBe(`x${'€'.repeat(40)}`)
    expect(fitReason(`xx${'😀'.repeat(60)}`)).toBe(`xx${'😀'.repeat(30)}`)
  })
})
