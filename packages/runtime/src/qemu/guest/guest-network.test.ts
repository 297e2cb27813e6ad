import { describe, expect, test } from 'vitest'
import { planGuestNetwork, subnetAround } from './guest-network.ts'

const LINK = {
  name: 'eth0',
  mac: '02:6f:0a:12:00:02',
  mtu: 1450,
  v4: [
    { address: '10.18.0.2', prefixLength: 26 },
    { address: '10.30.0.65', prefixLength: 32 },
  ],
  v6: [
    { address: 'fc00::2', prefixLength: 120 },
    { address: 'fdff::41', prefixLength: 128 },
  ],
}

describe('the network of a guest', () => {
  test('is the address of its instance, to which that of the namespace leads', () => {
    expect(planGuestNetwork(LINK)).toEqual({
      link: 'eth0',
      mtu: 1450,
      mac: '52:54:0a:12:00:02',
      v4: { address: '10.30.0.65', prefixLength: 16, netmask: '255.255.0.0', gateway: '10.30.0.1', others: ['10.18.0.2'] },
      v6: { address: 'fdff::41', prefixLength: 128, gateway: 'fe80::1', others: ['fc00::2'] },
    })
  })

  test('is the only address there is', () => {
    const [first] = LINK.v4
    const network = planGuestNetwork({ ...LINK, v4: first ? [first] : [], v6: [] })
    expect(network?.v4?.address).toBe('10.18.0.2')
    expect(network?.v4?.others).toEqual([])
    expect(network?.v6).toBeUndefined()
  })

  test('is none without addresses', () => {
    expect(planGuestNetwork({ ...LINK, v4: [], v6: [] })).toBeUndefined()
  })
})

describe('the subnet around an address', () => {
  test.each([
    ['10.30.0.65', 16, '10.30.0.1'],
    ['10.30.0.1', 16, '10.30.0.2'],
    ['10.30.255.254', 16, '10.30.0.1'],
    ['10.30.255.255', 15, '10.30.0.1'],
    ['10.30.0.0', 14, '10.28.0.1'],
  ])('of %s is /%i with the gateway %s', (address, prefixLength, gateway) => {
    expect(subnetAround(address)).toMatchObject({ prefixLength, gateway })
  })
})
