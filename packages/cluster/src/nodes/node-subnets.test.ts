import type { Node } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { chooseSubnets, overlaps } from './node-subnets.ts'

const addressing = { blocksV4: ['10.18.0.0/20'], blocksV6: ['fc00::/114'] }
const node = (subnetV4: string, subnetV6: string): Node => ({ id: subnetV4, name: subnetV4, createdAtMs: 0, subnetV4, subnetV6 })

describe("a node's subnets", () => {
  it('are the first of the block', () => {
    expect(chooseSubnets(addressing, [], [])).toEqual({ subnetV4: '10.18.0.0/26', subnetV6: 'fc00::/120' })
  })

  it('differ from those of other nodes', () => {
    expect(chooseSubnets(addressing, [node('10.18.0.0/26', 'fc00::/120')], [])).toEqual({
      subnetV4: '10.18.0.64/26',
      subnetV6: 'fc00::100/120',
    })
  })

  it('avoid what the machine routes elsewhere, large and small', () => {
    expect(chooseSubnets(addressing, [], ['10.18.0.0/24', '10.18.1.70/32', 'fc00::5/128'])).toEqual({
      subnetV4: '10.18.1.0/26',
      subnetV6: 'fc00::100/120',
    })
  })

  it('continue in the next block', () => {
    const two = { ...addressing, blocksV4: ['10.18.0.0/26', '10.18.16.0/20'] }
    expect(chooseSubnets(two, [node('10.18.0.0/26', 'fc00::/120')], []).subnetV4).toBe('10.18.16.0/26')
  })

  it('collide with what holds them, and with what is in them', () => {
    expect(overlaps('10.18.0.0/26', '10.0.0.0/8')).toBe(true)
    expect(overlaps('10.18.0.0/26', '10.18.0.7/32')).toBe(true)
    expect(overlaps('10.18.0.0/26', '10.18.0.64/26')).toBe(false)
    expect(overlaps('10.18.0.0/26', 'fc00::/7')).toBe(false)
  })

  it('wait for root, or run out, with the reason', () => {
    expect(() => chooseSubnets(undefined, [], [])).toThrow('root has not given')
    expect(() => chooseSubnets(addressing, [], ['10.16.0.0/12'])).toThrow('no subnet left')
  })
})
