import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './ip.ts'

test('every IPv4 number survives its text', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => parseIpv4(formatIpv4(value)) === value))
})

test('every IPv6 number survives its text', () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (value) => parseIpv6(formatIpv6(value)) === value))
})

test('accepts exactly the IPv4 addresses that the platform accepts', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.string(), fc.stringMatching(/^[0-9.]{0,16}$/)),
      (text) => (parseIpv4(text) !== undefined) === isIPv4(text),
    ),
  )
})

test('accepts exactly the IPv6 addresses that the platform accepts, zones apart', () => {
  const texts = fc.oneof(fc.ipV6(), fc.string(), fc.stringMatching(/^[0-9a-f:.]{0,24}$/))
  fc.assert(
    fc.property(texts, (text) => {
      fc.pre(!text.includes('%'))
      expect(parseIpv6(text) !== undefined).toBe(isIPv6(text))
    }),
  )
})

test.each([
  ['fdff:2000:0:0:0:0:55:55', 'fdff:2000::55:55'],
  ['FDFF:2000::0055:55', 'fdff:2000::55:55'],
  ['0:0:1:0:0:0:1:0', '0:0:1::1:0'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['::', '::'],
  ['::ffff:10.0.0.1', '::ffff:a00:1'],
])('writes %s as %s', (text, canonical) => {
  expect(formatIpv6(parseIpv6(text) ?? -1n)).toBe(canonical)
})

test.each(['', ':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', 'g::', '1.2.3.4::1', '::1.2.3.4.5', '12345::'])(
  'refuses %s',
  (text) => {
    expect(parseIpv6(text)).toBeUndefined()
  },
)
