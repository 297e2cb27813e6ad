import { describe, expect, it } from 'vitest'
import { chooseAddresses } from './namespace-addresses.ts'

const place = { subnetV4: '10.18.1.64/26', subnetV6: 'fc00::300/120' }
const every = Array.from({ length: 61 }, (_, index) => `10.18.1.${66 + index}`)

describe('namespace addresses', () => {
  it('begin behind the bridge', () => {
    expect(chooseAddresses(place, new Set(), new Map())).toEqual({ namespaceV4: '10.18.1.66', namespaceV6: 'fc00::302' })
  })

  it('are not given twice', () => {
    expect(chooseAddresses(place, new Set(['10.18.1.66']), new Map()).namespaceV4).toBe('10.18.1.67')
  })

  it('rest after use while there are others', () => {
    expect(chooseAddresses(place, new Set(), new Map([['10.18.1.66', 5]])).namespaceV4).toBe('10.18.1.67')
  })

  it('are used again, longest rested first, when all others are in use', () => {
    const used = new Set(every.slice(2))
    const resting = new Map([
      ['10.18.1.66', 9],
      ['10.18.1.67', 5],
    ])
    expect(chooseAddresses(place, used, resting).namespaceV4).toBe('10.18.1.67')
  })

  it('run out after 61 instances, with the reason', () => {
    expect(chooseAddresses(place, new Set(every.slice(0, 60)), new Map()).namespaceV4).toBe('10.18.1.126')
    expect(() => chooseAddresses(place, new Set(every), new Map())).toThrow('10.18.1.64/26 has no address left')
  })
})
