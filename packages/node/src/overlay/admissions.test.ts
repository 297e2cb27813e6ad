import type { PeerItem } from '@oakestra/model'
import { NETWORK_LIMITS } from '@oakestra/net'
import { describe, expect, it } from 'vitest'
import type { NetworkMember } from '../network-view.ts'
import { nodeId, peerItem } from '../testing/overlay-samples.ts'
import { sampleSpec } from '../testing/sample-spec.ts'
import { AdmissionMemory, planAdmissions, servicesOfInterest } from './admissions.ts'

const [OWN, FRIEND, STRANGER] = ['own', 'friend', 'stranger'] as const
const address = (number: number) => ({ v4: `10.30.0.${number}`, v6: `fdff::${number}` })

describe('those whom an isolated instance admits', () => {
  it('are the instances of the services that it names, here and elsewhere, whether or not they run yet', () => {
    const members = [
      member(1, OWN, [OWN, FRIEND]),
      member(2, OWN, [OWN, FRIEND], { running: false }),
      member(3, STRANGER),
      member(4, FRIEND),
    ]
    const { clients, faults } = planAdmissions(members, [peer(1, [5, FRIEND], [6, STRANGER]), peer(2, [7, OWN])])
    expect([...clients.keys()]).toEqual([member(1, OWN).local.id, member(2, OWN).local.id])
    for (const list of clients.values()) expect(list).toEqual([1, 2, 4, 5, 7].map(address))
    expect(faults.size).toBe(0)
  })

  it('are nobody where nothing is known yet', () => {
    expect([...planAdmissions([member(1, OWN, [])], [peer(1, [5, FRIEND])]).clients.values()]).toEqual([[]])
  })

  it('are not those of whom nobody said whose they are, nor those that have no network', () => {
    const { clients } = planAdmissions([member(1, OWN, [FRIEND]), member(2, FRIEND, undefined, { attached: false })], [peerItem(1, [5])])
    expect([...clients.values()]).toEqual([[]])
  })

  it('are one while they move from node to node', () => {
    const { clients } = planAdmissions([member(1, OWN, [FRIEND])], [peer(1, [5, FRIEND]), peer(2, [5, FRIEND])])
    expect([...clients.values()]).toEqual([[address(5)]])
  })

  it('stay the same list for as long as they are the same', () => {
    const memory = new AdmissionMemory()
    const planned = (...peers: readonly PeerItem[]) =>
      planAdmissions([member(1, OWN, [FRIEND])], peers, memory)
        .clients.values()
        .next().value
    const first = planned(peer(1, [5, FRIEND]))
    expect(planned(peer(1, [6, STRANGER]), peer(2, [5, FRIEND]))).toBe(first)
    expect(planned(peer(1, [6, FRIEND]))).not.toBe(first)
  })

  it('are cut off at what the network can hold, which is said', () => {
    const many = Array.from({ length: NETWORK_LIMITS.admitted + 1 }, (_, at) => ({
      v4: `10.30.${at >> 8}.${at & 255}`,
      v6: `fdff::${at.toString(16)}`,
      serviceId: FRIEND,
    }))
    const { clients, faults } = planAdmissions([member(1, OWN, [FRIEND])], [peerItem(1, [], { instances: many })])
    expect([...clients.values()].map((list) => list.length)).toEqual([NETWORK_LIMITS.admitted])
    expect([...faults.values()]).toEqual([
      `it admits the first ${NETWORK_LIMITS.admitted} of ${NETWORK_LIMITS.admitted + 1} instances, for more are too many`,
    ])
  })

  it('make their services interesting', () => {
    expect(servicesOfInterest([member(1, OWN, [OWN, FRIEND]), member(2, OWN, [OWN, FRIEND]), member(3, STRANGER)])).toEqual([OWN, FRIEND])
  })
})

function peer(node: number, ...instances: readonly (readonly [number, string])[]): PeerItem {
  const items = instances.map(([number, serviceId]) => ({ ...address(number), serviceId }))
  return peerItem(node, [], { nodeId: nodeId(node), instances: items })
}

function member(
  number: number,
  serviceId: string,
  admits?: readonly string[],
  { attached = true, running = true }: { readonly attached?: boolean; readonly running?: boolean } = {},
): NetworkMember {
  const id = `${number}`.padStart(24, 'a')
  const spec = sampleSpec({ instanceId: id, serviceId, number, addresses: address(number), ports: [], ...(admits && { admits }) })
  const namespaces = { namespaceV4: `10.18.0.${number + 2}`, namespaceV6: `fc00::${number + 2}` }
  return { local: { id, spec, ...namespaces, attached, restarts: 0, strikes: 0 }, running, ready: running }
}
