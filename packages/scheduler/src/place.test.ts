import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { place } from './place.ts'
import type { Candidate, PlacementRequest } from './placement.ts'
import { POLICIES, type PolicyName, parsePolicyName } from './policies/registry.ts'
import { canTake, fitsSlot } from './testing/plain-fit.ts'
import { anyCandidates, anyRequest, candidateOf, requestOf, slotOf } from './testing/samples.ts'

const POLICY_NAMES = Object.keys(POLICIES) as PolicyName[]

function placedAt(request: PlacementRequest, candidates: readonly Candidate[], policy?: PolicyName): string {
  const result = place(request, candidates, policy)
  return result.ok ? result.candidateId : `rejected: ${result.rejection.detail}`
}

describe('place', () => {
  it('finds a candidate exactly when one can take the request, with every policy, and never one that cannot', () => {
    const policy = fc.constantFrom(...POLICY_NAMES)
    const seed = fc.option(fc.integer(), { nil: undefined })
    fc.assert(
      fc.property(anyRequest, anyCandidates(3), policy, seed, (plain, candidates, name, turn) => {
        const request = turn === undefined ? plain : { ...plain, seed: turn }
        const result = place(request, candidates, name)
        const able = candidates.filter((candidate) => canTake(request, candidate))
        expect(result.ok).toBe(able.length > 0)
        if (!result.ok) return
        const chosen = able.find((candidate) => candidate.id === result.candidateId)
        const slot = chosen?.slots[result.slotIndex]
        expect(slot && fitsSlot(request, slot, chosen)).toBe(true)
        expect(result).toMatchObject({ considered: candidates.length, fitting: able.length })
        expect(Number.isFinite(result.score)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('says something against every candidate that cannot take a rejected request', () => {
    fc.assert(
      fc.property(anyRequest, anyCandidates(3), (request, candidates) => {
        const result = place(request, candidates)
        if (result.ok) return
        expect(result.rejection.candidates.map(({ id }) => id)).toEqual(candidates.map(({ id }) => id))
        for (const { reasons } of result.rejection.candidates) expect(reasons.join('')).not.toBe('')
        expect(result.rejection.detail).not.toMatch(/Infinity|NaN|undefined|: $/)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same answer whatever the order of the candidates', () => {
    const shuffled = anyCandidates(1).chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })))
    fc.assert(
      fc.property(anyRequest, shuffled, fc.constantFrom(...POLICY_NAMES), (request, [first, second], policy) => {
        expect(placedAt(request, second, policy)).toBe(placedAt(request, first, policy))
      }),
    )
  })

  it('speaks of the same cluster whatever the order, when two have the name that is asked for', () => {
    const request = requestOf({ tier: 'root', constraints: [{ type: 'direct', cluster: 'n1', nodes: [] }] })
    const empty = { ...candidateOf('a', []), name: 'n1' }
    const other = { ...candidateOf('b', [slotOf({ virtualizations: ['unikernel'] })]), name: 'n1' }
    expect(placedAt(request, [other, empty])).toBe(placedAt(request, [empty, other]))
  })

  it('prefers the smallest id among equals', () => {
    expect(placedAt(requestOf(), [candidateOf('b'), candidateOf('a'), candidateOf('c')])).toBe('a')
  })

  it('lets equals take turns when it is given a seed', () => {
    const equals = ['a', 'b', 'c'].map((id) => candidateOf(id))
    const chosen = [0, 1, 2, 3].map((seed) => placedAt(requestOf({ seed }), equals))
    expect(chosen).toEqual(['a', 'b', 'c', 'a'])
  })

  it('allows promises beyond the cores of a node, but no request beyond them', () => {
    const node = candidateOf('a', [slotOf({ vcpusTotal: 2, vcpusFree: 32 })])
    expect(placedAt(requestOf({ resources: { vcpus: 2 } }), [node])).toBe('a')
    expect(placedAt(requestOf({ resources: { vcpus: 3 } }), [node])).toContain('needs 3 vcpus on one node, the largest has 2')
  })

  it('takes a request without demands even where everything is promised', () => {
    const full = candidateOf('a', [slotOf({ vcpusFree: -1, memoryFreeMiB: -1 })])
    expect(placedAt(requestOf({ resources: { vcpus: 0, memoryMiB: 0 } }), [full])).toBe('a')
  })

  it('chooses the slot of a cluster that its policy likes best', () => {
    const cluster = candidateOf('c', [slotOf({ memoryFreeMiB: 50 }), slotOf({ memoryFreeMiB: 500 }), slotOf({ memoryFreeMiB: 900 })])
    expect(place(requestOf({ tier: 'root' }), [cluster], 'bestCpuMemFit')).toMatchObject({ slotIndex: 2 })
    expect(place(requestOf({ tier: 'root' }), [cluster], 'binpack')).toMatchObject({ slotIndex: 1 })
  })

  it('looks at direct nodes at the cluster and at direct clusters at root', () => {
    const constraints = [{ type: 'direct', cluster: 'c1', nodes: ['n2', 'n3'] }] as const
    expect(placedAt(requestOf({ tier: 'root', constraints }), [candidateOf('c0'), candidateOf('c1')])).toBe('c1')
    expect(placedAt(requestOf({ constraints }), [candidateOf('n1'), candidateOf('n3')])).toBe('n3')
  })

  it('names what the user asked for and nobody looked at', () => {
    const result = place(requestOf({ constraints: [{ type: 'unknown', word: 'moon-phase' }] }), [candidateOf('n')])
    expect(result).toMatchObject({ ok: true, notes: ['the constraint moon-phase is not known'] })
  })

  it('takes the preferred candidate when it passes every filter, whatever the policy thinks', () => {
    const nodes = [candidateOf('a', [slotOf({ memoryFreeMiB: 9000 })]), candidateOf('b'), candidateOf('c', [slotOf({ memoryFreeMiB: 10 })])]
    const result = place(requestOf(), nodes, 'bestCpuMemFit', { preferredId: 'b' })
    expect(result).toMatchObject({ ok: true, candidateId: 'b', considered: 3, fitting: 2, notes: [] })
  })

  it('says why the preferred candidate was not taken, and chooses another', () => {
    const nodes = [candidateOf('a'), candidateOf('b', [slotOf({ memoryFreeMiB: 10 })])]
    const result = place(requestOf(), nodes, 'bestCpuMemFit', { preferredId: 'b' })
    expect(result).toMatchObject({ ok: true, candidateId: 'a' })
    expect(result.notes).toEqual(['the preferred node b cannot take it: needs 100 MiB of memory, largest free is 10 MiB'])
    const absent = place(requestOf({ tier: 'root' }), nodes, 'bestCpuMemFit', { preferredId: 'z' })
    expect(absent.notes).toEqual(['the preferred cluster z does not exist'])
  })
})

describe('the policy', () => {
  const small = candidateOf('small', [slotOf({ vcpusFree: 16, memoryFreeMiB: 1000 })])
  const memoryRich = candidateOf('memory-rich', [slotOf({ vcpusFree: 8, memoryFreeMiB: 8000 })])
  const balanced = candidateOf('balanced', [slotOf({ vcpusFree: 60, memoryFreeMiB: 6000 })])
  const all = [small, memoryRich, balanced]

  it('bestCpuMemFit weighs CPU and memory alike, so that memory alone does not decide', () => {
    expect(placedAt(requestOf(), all, 'bestCpuMemFit')).toBe('balanced')
  })

  it('rom looks at the scarcer of the two', () => {
    const lopsided = candidateOf('lopsided', [slotOf({ vcpusFree: 64, memoryFreeMiB: 200 })])
    const modest = candidateOf('modest', [slotOf({ vcpusFree: 20, memoryFreeMiB: 1500 })])
    expect(placedAt(requestOf(), [lopsided, modest], 'rom')).toBe('modest')
  })

  it('binpack fills the fullest that fits', () => {
    expect(placedAt(requestOf(), all, 'binpack')).toBe('small')
  })

  it('spread keeps instances of one service apart before anything else', () => {
    const crowded = candidateOf('crowded', [slotOf({ memoryFreeMiB: 50_000 })], { peers: 1 })
    expect(placedAt(requestOf(), [crowded, small], 'spread')).toBe('small')
  })

  it('ldp takes the nearest, and among those that are equally near the one with most room', () => {
    const at = (lat: number) => ({ areas: [{ lat, lon: 11.58, radiusKm: 0 }] })
    const rich = [slotOf({ memoryFreeMiB: 50_000 })]
    const nodes = [candidateOf('far', rich, at(52)), candidateOf('near', [slotOf()], at(48.2)), candidateOf('next-door', rich, at(48.21))]
    const constraints = [{ type: 'geo', location: '11.58;48.14', thresholdKm: 1000 }] as const
    expect(placedAt(requestOf({ constraints }), nodes, 'ldp')).toBe('next-door')
    expect(placedAt(requestOf({ constraints }), nodes, 'bestCpuMemFit')).toBe('far')
  })

  it('ldp is bestCpuMemFit for a request that names nothing to be near to', () => {
    fc.assert(
      fc.property(anyRequest, anyCandidates(2), (request, candidates) => {
        const plain = { ...request, constraints: [] }
        expect(place(plain, candidates, 'ldp')).toEqual(place(plain, candidates, 'bestCpuMemFit'))
      }),
    )
  })

  it('is found by its name only', () => {
    expect(parsePolicyName('binpack')).toBe('binpack')
    expect(parsePolicyName('toString')).toBeUndefined()
  })
})
