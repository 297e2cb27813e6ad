import { describe, expect, it } from 'vitest'
import { countUse, isStaleFlow, lostTargets, watchedAddresses } from './flows.ts'
import type { FlowPolicy } from './kernel-config.ts'

const policy: FlowPolicy = {
  subnets: ['10.18.0.0/26', 'fc00::/120'],
  local: ['10.18.0.1', '10.18.0.2', '10.30.0.1'],
  services: new Map([['10.30.1.1', ['10.30.0.1', '10.30.0.2']]]),
  gateways: ['10.18.0.1', 'fc00::1'],
  published: [],
  remote: ['10.30.0.2'],
}

describe('a tracked connection', () => {
  it.each([
    ['to a target of its service stays', { source: '10.30.0.1', destination: '10.30.1.1', answeredBy: '10.30.0.2' }, false],
    ['to an instance that left the service ends', { source: '10.30.0.1', destination: '10.30.1.1', answeredBy: '10.30.0.9' }, true],
    ['of the machine to an instance that left ends', { source: '10.18.0.1', destination: '10.30.1.1', answeredBy: '10.30.0.9' }, true],
    [
      'of another node to a service of the same address stays',
      { source: '10.30.7.7', destination: '10.30.1.1', answeredBy: '10.30.0.9' },
      false,
    ],
    [
      'to a published port of an instance that is here stays',
      { source: '192.0.2.2', destination: '192.0.2.1', answeredBy: '10.18.0.2' },
      false,
    ],
    [
      'to a published port of an instance that is gone ends',
      { source: '192.0.2.2', destination: '192.0.2.1', answeredBy: '10.18.0.9' },
      true,
    ],
    ['that nobody translated stays', { source: '10.18.0.2', destination: '10.18.0.9', answeredBy: '10.18.0.9' }, false],
    ['of the machine with the world stays', { source: '192.0.2.1', destination: '198.51.100.1', answeredBy: '198.51.100.1' }, false],
  ])('%s', (_what, flow, isStale) => {
    expect(isStaleFlow(policy, flow)).toBe(isStale)
  })
})

describe('the use of addresses', () => {
  it('is counted for service addresses and instances of peers, once for each connection', () => {
    const flows = [
      { source: '10.30.0.1', destination: '10.30.1.1', answeredBy: '10.30.0.2' },
      { source: '10.30.0.2', destination: '10.30.0.1', answeredBy: '10.30.0.1' },
      { source: '10.30.0.2', destination: '10.30.0.2', answeredBy: '10.30.0.2' },
      { source: '10.30.0.1', destination: '192.0.2.1', answeredBy: '192.0.2.1' },
    ]
    expect(countUse(watchedAddresses(policy), flows)).toEqual(
      new Map([
        ['10.30.1.1', 1],
        ['10.30.0.2', 3],
      ]),
    )
  })
})

describe('the targets that a change takes away', () => {
  it('are those that left a service and the addresses of instances that went', () => {
    const after = { ...policy, local: ['10.18.0.1'], services: new Map([['10.30.1.1', ['10.30.0.2']]]) }
    expect(lostTargets(policy, after)).toEqual(['10.18.0.2', '10.30.0.1'])
  })

  it('are none when services are merely forgotten', () => {
    expect(lostTargets(policy, { ...policy, services: new Map() })).toEqual([])
  })
})
