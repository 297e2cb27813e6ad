import { describe, expect, it } from 'vitest'
import { canonicalAddress, containsPrefix, gatewayOf, isInside, parsePrefix } from './addresses.ts'

describe('addresses', () => {
  it.each([
    ['10.30.0.1', 'v4', '10.30.0.1'],
    ['FDFF:2000:0:0::0001', 'v6', 'fdff:2000::1'],
    ['fc00::', 'v6', 'fc00::'],
    ['1:0:0:2:0:0:0:3', 'v6', '1:0:0:2::3'],
  ] as const)('writes %s in one way', (text, family, canonical) => {
    expect(canonicalAddress(text, family)).toBe(canonical)
  })

  it.each([
    ['10.30.0', 'v4'],
    ['0x0a.1.1.1', 'v4'],
    ['fdff::1', 'v4'],
    ['10.0.0.1', 'v6'],
    ['fe80::1%eth0', 'v6'],
    ['', 'v6'],
  ] as const)('refuses "%s" as %s', (text, family) => {
    expect(() => canonicalAddress(text, family)).toThrow(expect.objectContaining({ code: 'bad-request' }))
  })

  it('takes the first address of a subnet as its gateway', () => {
    expect(gatewayOf(parsePrefix('10.18.0.64/26', 'v4'))).toBe('10.18.0.65')
    expect(gatewayOf(parsePrefix('fc00::100/120', 'v6'))).toBe('fc00::101')
  })

  it.each([
    ['10.16.0.0/12', '10.31.255.255/32', true],
    ['10.16.0.0/12', '10.32.0.0/16', false],
    ['10.16.0.0/12', '10.0.0.0/8', false],
    ['10.16.0.0/12', 'fc00::/120', false],
    ['fc00::/7', 'fdff:2000::/21', true],
    ['fc00::/7', 'fe80::/64', false],
    ['0.0.0.0/0', '10.0.0.0/8', true],
  ])('%s contains %s: %s', (outer, inner, isContained) => {
    expect(containsPrefix(outer, inner)).toBe(isContained)
  })

  it('looks at every bit of a prefix', () => {
    expect(isInside('10.18.0.127', parsePrefix('10.18.0.64/26', 'v4'))).toBe(true)
    expect(isInside('10.18.0.128', parsePrefix('10.18.0.64/26', 'v4'))).toBe(false)
  })
})
