import { OakError } from '@oakestra/base'
import { describe, expect, it } from 'vitest'
import { parseParentAddress, renderParentAddress, tryAddresses } from './parent-address.ts'

describe('the address of a parent', () => {
  it.each([
    ['cluster.example:10101', { host: 'cluster.example', port: 10101 }],
    ['10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
    ['[2001:db8::1]:65535', { host: '2001:db8::1', port: 65535 }],
  ])('is read from %s and written the same way', (text, address) => {
    expect(parseParentAddress(text)).toEqual(address)
    expect(renderParentAddress(address)).toBe(text)
  })

  it.each(['', 'host', 'host:', ':1', 'host:0', 'host:65536', '2001:db8::1:10', 'http://host:1', 'host:1/x', 'user@host:1'])(
    'is not %j',
    (text) => {
      expect(() => parseParentAddress(text)).toThrow(OakError)
    },
  )
})

describe('tryAddresses', () => {
  const unavailable = new OakError('unavailable', 'nobody')
  const forbidden = new OakError('forbidden', 'no')

  it('gives the first success', async () => {
    const tried: number[] = []
    const result = await tryAddresses(['a:1', 'b:2', 'c:3'], async ({ port }) => {
      tried.push(port)
      if (port === 1) throw unavailable
      return port
    })
    expect(result).toBe(2)
    expect(tried).toEqual([1, 2])
  })

  it('reports an answer rather than silence', async () => {
    const failures = [unavailable, forbidden, unavailable]
    await expect(tryAddresses(['a:1', 'b:2', 'c:3'], ({ port }) => Promise.reject(failures[port - 1]))).rejects.toBe(forbidden)
  })

  it('stops when called off, and says when there is no address', async () => {
    const aborted = new OakError('aborted', 'enough')
    await expect(tryAddresses(['a:1', 'b:2'], ({ port }) => Promise.reject(port === 1 ? aborted : forbidden))).rejects.toBe(aborted)
    await expect(tryAddresses([], async () => 1)).rejects.toMatchObject({ code: 'bad-request' })
  })
})
