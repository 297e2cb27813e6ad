import type { Rejection } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { place } from './place.ts'
import type { Candidate, PlacementRequest } from './placement.ts'
import { candidateOf, requestOf, slotOf } from './testing/samples.ts'

function rejectionOf(request: PlacementRequest, candidates: readonly Candidate[]): Rejection {
  const result = place(request, candidates)
  if (result.ok) throw new Error(`placed at ${result.candidateId}`)
  return result.rejection
}
const direct = (cluster: string) => [{ type: 'direct', cluster, nodes: [] } as const]

describe('a rejection at root', () => {
  const tooLarge = requestOf({ tier: 'root', resources: { memoryMiB: 9_000_000 } })

  it('says how much was asked for and what the largest offer is', () => {
    const clusters = [
      candidateOf('c1', [slotOf({ memoryFreeMiB: 1900 }), slotOf({ memoryFreeMiB: 300 })]),
      candidateOf('c2', [], { active: false }),
    ]
    expect(rejectionOf(tooLarge, clusters)).toEqual({
      word: 'NoActiveClusterWithCapacity',
      detail: 'none of 2 clusters can take it: 1 not active; needs 9000000 MiB of memory, largest free is 1900 MiB',
      candidates: [
        { id: 'c1', name: 'c1', reasons: ['needs 9000000 MiB of memory, largest free is 1900 MiB'] },
        { id: 'c2', name: 'c2', reasons: ['is not active: it is not connected', 'has no node that is ready'] },
      ],
    })
  })

  it('says that nobody has joined yet', () => {
    expect(rejectionOf(tooLarge, [])).toMatchObject({ word: 'NoActiveClusterWithCapacity', detail: 'there is no cluster yet' })
  })

  it('says that a cluster which was asked for by name does not exist', () => {
    const rejection = rejectionOf(requestOf({ tier: 'root', constraints: direct('absent') }), [candidateOf('c1')])
    expect(rejection.word).toBe('TargetClusterNotFound')
    expect(rejection.detail).toBe('no cluster is called absent, which a direct constraint names')
    expect(rejection.candidates[0]?.reasons).toEqual(['is not the cluster absent that a direct constraint names'])
  })

  it('says that a cluster which was asked for by name is away', () => {
    const away = candidateOf('c1', [slotOf()], { active: false })
    const rejection = rejectionOf(requestOf({ tier: 'root', constraints: direct('c1') }), [away, candidateOf('c2')])
    expect(rejection.word).toBe('TargetClusterNotActive')
  })

  it('says what a cluster which was asked for by name lacks', () => {
    const rejection = rejectionOf({ ...tooLarge, constraints: direct('c1') }, [candidateOf('c1'), candidateOf('c2')])
    expect(rejection.word).toBe('TargetClusterNoCapacity')
    expect(rejection.detail).toContain('c1')
    expect(rejection.detail).toContain('needs 9000000 MiB of memory, largest free is 4000 MiB')
  })

  it('says that two names contradict each other', () => {
    const request = requestOf({ tier: 'root', constraints: [...direct('c1'), ...direct('c2')] })
    expect(rejectionOf(request, [candidateOf('c1'), candidateOf('c2')])).toMatchObject({
      word: 'TargetClusterNotFound',
      detail: 'direct constraints name two clusters, c1 and c2',
    })
  })

  it('says that no node of a cluster has everything at once', () => {
    const cluster = candidateOf('c1', [slotOf({ memoryFreeMiB: 8000, vcpusFree: 0.5 }), slotOf({ memoryFreeMiB: 50 })])
    expect(rejectionOf(requestOf({ tier: 'root', resources: { vcpus: 2, memoryMiB: 4000 } }), [cluster]).detail).toBe(
      'the only cluster cannot take it: no single node has all of it: among those that come closest, ' +
        'it needs 2 vcpus, the most that one node can still promise is 0.5',
    )
  })

  it('names the clusters that were allowed', () => {
    const request = requestOf({ tier: 'root', constraints: [{ type: 'clusters', allowed: ['c2', 'c3'] }] })
    expect(rejectionOf(request, [candidateOf('c1')]).candidates[0]?.reasons).toEqual(['is not among the allowed clusters c2, c3'])
  })
})

describe('a rejection at a cluster', () => {
  it('counts nodes by what speaks against them', () => {
    const ports = [{ hostPort: 80, containerPort: 80, protocol: 'tcp' }] as const
    const nodes = [
      candidateOf('n1', [slotOf()], { active: false }),
      candidateOf('n2', [slotOf()], { usedPorts: ports }),
      candidateOf('n3', [slotOf()], { usedPorts: ports }),
      candidateOf('n4', [slotOf({ architecture: 'arm64' })]),
    ]
    const rejection = rejectionOf(requestOf({ ports, architectures: ['amd64'] }), nodes)
    expect(rejection.word).toBe('NO_WORKER_CAPACITY')
    expect(rejection.detail).toBe(
      'none of 4 nodes can take it: 1 not active; 2 with a wanted host port taken; needs the architecture amd64, offered is arm64',
    )
    expect(rejection.candidates.map(({ reasons }) => reasons)).toEqual([
      ['is not active: it is not connected'],
      ['has host port 80/tcp taken already'],
      ['has host port 80/tcp taken already'],
      ['needs the architecture amd64, offered is arm64'],
    ])
  })

  it.each([
    ['virtualization', { virtualization: 'unikernel' }, 'needs the virtualization unikernel, offered is container'],
    ['vgpus', { resources: { vgpus: 1 } }, 'needs 1 vgpus, most free on one node are 0'],
    ['storage', { resources: { storageMiB: 20_000 } }, 'needs 20000 MiB of storage, largest free is 10000 MiB'],
    [
      'direct nodes',
      { constraints: [{ type: 'direct', nodes: ['n8', 'n9'] } as const] },
      'is not among the nodes n8, n9 that a direct constraint names',
    ],
  ])('names the lack of %s', (_what, changes, reason) => {
    expect(rejectionOf(requestOf(changes), [candidateOf('n1')]).candidates[0]?.reasons).toEqual([reason])
  })

  it('says why a node that has the virtualization switched on does not offer it', () => {
    const fault = (name: string) => slotOf({ faults: { unikernel: `node ${name}: QEMU is not installed` } })
    const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => candidateOf(name, [fault(name)]))
    const [first] = rejectionOf(requestOf({ virtualization: 'unikernel' }), nodes.slice(0, 1)).candidates
    const sentence = 'needs the virtualization unikernel, offered is container; node n1: QEMU is not installed'
    expect(first?.reasons).toEqual([sentence])
    const { detail } = rejectionOf(requestOf({ virtualization: 'unikernel' }), nodes)
    expect(detail).toContain(`${sentence}; node n2: `)
    expect(detail).toMatch(/; node n3: QEMU is not installed; and on 2 more nodes it does not work$/)
    expect(rejectionOf(requestOf({ virtualization: 'wasm' }), nodes).detail).not.toContain('QEMU')
  })

  it('lists no more than a hundred candidates, and says how many more there are', () => {
    const nodes = Array.from({ length: 250 }, (_, index) => candidateOf(`n${index}`, [slotOf({ memoryFreeMiB: 1 })]))
    const rejection = rejectionOf(requestOf(), nodes)
    expect(rejection.candidates).toHaveLength(100)
    expect(rejection.detail).toContain('(150 more nodes are not listed)')
  })
})
