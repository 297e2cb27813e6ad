import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { NetworkInput } from '../network.ts'
import { sampleAttachment, sampleInput, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { planNetwork } from './plan-network.ts'
import { renderKernelConfig } from './render.ts'

const TAG = 'a1b2c'

/** Compares with `testdata/<name>.golden.txt`; `UPDATE_GOLDENS=1` writes it instead. */
function expectGolden(name: string, text: string): void {
  const file = new URL(`testdata/${name}.golden.txt`, import.meta.url)
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, text)
  expect(text).toBe(readFileSync(file, 'utf8'))
}

describe('the plan of a network', () => {
  it.each<[string, NetworkInput]>([
    ['no-instances', sampleInput(TAG, { attachments: [], services: [] })],
    ['two-instances', sampleInput(TAG)],
    [
      'services',
      {
        place: samplePlace(TAG, 1),
        attachments: [],
        services: [
          sampleService(1, [1, 2, 3]),
          sampleService(2, [4]),
          sampleService(3, []),
          { ...sampleService(4, [1, 2]), choice: 'weighted', policy: 'least-loaded' },
          { ...sampleService(5, [1, 2]), choice: 'sticky', policy: 'sticky' },
          { v6: 'fdff:2000::9', policy: 'round-robin', targets: [] },
        ],
      },
    ],
    ['slow-path', sampleInput(TAG, { attachments: [sampleAttachment(1)], services: [sampleService(1, [1])], asksForUnknown: true })],
    [
      'peers',
      {
        place: { ...samplePlace(TAG), tunnel: { port: 50_103 } },
        attachments: [],
        services: [],
        peers: [samplePeer(1, '192.0.2.2', [1]), samplePeer(2, '2001:db8::3', [1], 50_777), samplePeer(3, '192.0.2.1', [1])],
      },
    ],
  ])('is as written down for %s', (name, input) => {
    expectGolden(name, renderKernelConfig(planNetwork(input, { addresses: ['192.0.2.1'] })))
  })

  it('believes the first of the peers that have the same instance, and what is attached here before all', () => {
    const claims = (node: number) => ({
      ...samplePeer(node, `192.0.2.${node}`, [1, 2]),
      instances: [...samplePeer(0, '', [1, 9]).instances],
    })
    const place = { ...samplePlace(TAG), tunnel: { port: 50_103 } }
    const { routes } = planNetwork(sampleInput(TAG, { place, peers: [claims(2), claims(1)] })).host
    const to = (address: string) => routes.filter((route) => route.to === address).map(({ dev, encap }) => encap?.address ?? dev)
    expect([to('10.30.0.1/32'), to('10.30.0.9/32'), to('fdff::9/128')]).toEqual([[`oak${TAG}`], ['192.0.2.2'], ['192.0.2.2']])
  })

  it('gives no peer a subnet that overlaps with its own', () => {
    const place = { ...samplePlace(TAG), tunnel: { port: 50_103 } }
    const peer = { ...samplePeer(1, '192.0.2.2', []), subnetV4: '10.18.0.32/27' }
    const { routes } = planNetwork(sampleInput(TAG, { place, peers: [peer] })).host
    expect(routes.filter(({ encap }) => encap).map((route) => route.to)).toEqual(['fc00::100/120'])
  })

  it('says of services that are as before the same as before, with the same objects', () => {
    const input = sampleInput(TAG)
    const more = { v4: '10.30.200.1', policy: 'round-robin' as const, targets: [] }
    const [before, after] = [planNetwork(input), planNetwork({ ...input, services: [...input.services, more] })]
    const ofServices = ({ host, flows }: typeof before) => host.routes.filter(({ to }) => flows.services.has(to.split('/')[0] ?? ''))
    expect(ofServices(before).length).toBeGreaterThan(0)
    expect(ofServices(before).every((route) => after.host.routes.includes(route))).toBe(true)
  })

  it('is the same for the same input in another order', () => {
    const input = sampleInput(TAG)
    const turned = { ...input, attachments: input.attachments.toReversed(), services: input.services.toReversed() }
    expect(planNetwork(turned)).toEqual(planNetwork(input))
  })

  it('reads a place with and without prefix lengths', () => {
    const short = { tag: TAG, subnetV4: '10.18.0.0', subnetV6: 'FC00:0::' }
    expect(planNetwork(sampleInput(TAG, { place: short }))).toEqual(planNetwork(sampleInput(TAG)))
  })

  it.each<[string, Partial<NetworkInput>, string]>([
    ['a tag that is not five hex digits', { place: samplePlace('xyz') }, 'bad-request'],
    ['a subnet that is none', { place: { ...samplePlace(TAG), subnetV4: '10.18.0.0/33' } }, 'bad-request'],
    ['an address that is none', { attachments: [{ ...sampleAttachment(1), instanceV6: 'fdff::g' }] }, 'bad-request'],
    ['an IPv4 address with a leading zero', { attachments: [{ ...sampleAttachment(1), instanceV4: '10.30.0.01' }] }, 'bad-request'],
    ['an id that leads out of a directory', { attachments: [{ ...sampleAttachment(1), instanceId: '../../etc' }] }, 'bad-request'],
    ['one instance twice', { attachments: [sampleAttachment(1), sampleAttachment(1)] }, 'conflict'],
    ['an instance with the address of the gateway', { attachments: [{ ...sampleAttachment(1), namespaceV4: '10.18.0.1' }] }, 'conflict'],
    ['a service at the address of an instance', { services: [{ v4: '10.30.0.1', policy: 'round-robin', targets: [] }] }, 'conflict'],
    ['a peer without a real port', { peers: [samplePeer(1, '192.0.2.2', [], 0)] }, 'bad-request'],
    ['a peer at no address', { peers: [samplePeer(1, 'example.org', [])] }, 'bad-request'],
    ['one node twice among the peers', { peers: [samplePeer(1, '192.0.2.2', []), samplePeer(1, '192.0.2.3', [])] }, 'conflict'],
    [
      'more instances than a subnet has addresses',
      { attachments: Array.from({ length: 62 }, (_, i) => sampleAttachment(i + 1)) },
      'limit-exceeded',
    ],
  ])('refuses %s', (_what, overrides, code) => {
    expect(() => planNetwork(sampleInput(TAG, overrides))).toThrow(expect.objectContaining({ code }))
  })
})
