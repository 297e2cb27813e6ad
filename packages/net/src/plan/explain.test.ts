import { describe, expect, it } from 'vitest'
import type { NetworkInput } from '../network.ts'
import { sampleAttachment, sampleInput, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { explainAddress } from './explain.ts'
import { planNetwork } from './plan-network.ts'

const TAG = 'e0a11'
const input: NetworkInput = sampleInput(TAG, {
  place: { ...samplePlace(TAG), tunnel: { port: 50_103 } },
  services: [
    { ...sampleService(1, [1]), targets: [...sampleService(1, [1]).targets, ...sampleService(1, [1], 1).targets], policy: 'round-robin' },
    sampleService(2, []),
  ],
  peers: [samplePeer(1, '192.0.2.2', [1]), samplePeer(2, '192.0.2.1', [1])],
  asksForUnknown: true,
})
const config = planNetwork(input, { addresses: ['192.0.2.1'] })
const explain = (address: string, missing: readonly string[] = []) => explainAddress({ input, config, missing }, address).join('\n')

describe('the explanation of an address', () => {
  it('says how a service address is balanced, and where its targets are', () => {
    expect(explain('10.30.1.1').split('\n')).toEqual([
      '10.30.1.1 is a service address (round-robin): each new connection is translated to one of 2, one after another.',
      `  10.30.0.1, 1 of 2: it is instance ${sampleAttachment(1).instanceId} on this node (route 10.30.0.1/32 via 10.18.0.2 dev oak${TAG} src 10.18.0.1 table ${config.host.routes[0]?.table}).`,
      `  10.30.0.65, 1 of 2: it is on node node-1, through the tunnel (route 10.30.0.65/32 encap ip id 50103 dst 192.0.2.2 dev otun-${TAG} src 10.18.0.1 table ${config.host.routes[0]?.table}).`,
      'The kernel has all of this.',
    ])
  })

  it.each([
    ['FDFF:2000:0::2', /service address \(round-robin\) without targets: connections are refused/],
    ['fdff::2', /is instance 0+2 on this node/],
    ['10.18.0.70', /on node node-1, through the tunnel/],
    ['10.30.0.129', /on node node-2, on this very machine/],
    ['10.18.0.1', /in a subnet of this node/],
    ['10.30.7.7', /first packet waits/],
    ['10.20.1.1', /refused/],
    ['198.51.100.1', /outside the overlay/],
  ])('says what %s is', (address, expected) => {
    expect(explain(address)).toMatch(expected)
  })

  it('says what the kernel lacks, where it concerns the address', () => {
    const missing = ['slots_v4 { 10.30.1.1 . 0 : 10.30.0.1 }', 'slots_v4 { 10.30.1.11 . 0 : 10.30.0.9 }', `bridge oak${TAG}`]
    const text = explain('10.30.1.1', missing)
    expect(text).toContain('The kernel lacks slots_v4 { 10.30.1.1 . 0 : 10.30.0.1 }.')
    expect(text).toContain(`The kernel lacks bridge oak${TAG}.`)
    expect(text).not.toContain('10.30.1.11')
  })
})
