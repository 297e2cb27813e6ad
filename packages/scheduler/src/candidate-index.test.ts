import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCandidateIndex } from './candidate-index.ts'
import { place } from './place.ts'
import { POLICIES, type PolicyName } from './policies/registry.ts'
import { anyCandidates, anyRequest, candidateOf, requestOf, slotOf } from './testing/samples.ts'

const anyPolicy = fc.constantFrom(...(Object.keys(POLICIES) as PolicyName[]))

describe('an index of candidates', () => {
  it('gives what place gives, after any changes', () => {
    fc.assert(
      fc.property(
        anyCandidates(3),
        anyCandidates(3),
        fc.array(anyRequest, { minLength: 1, maxLength: 4 }),
        anyPolicy,
        fc.option(fc.constantFrom('a', 'b', 'ab'), { nil: undefined }),
        (first, second, requests, policy, preferredId) => {
          const options = preferredId === undefined ? {} : { preferredId }
          const index = createCandidateIndex(first)
          const removed = first.filter((_, position) => position % 3 === 0)
          for (const { id } of removed) index.remove(id)
          for (const candidate of second) index.set(candidate)
          const model = new Map(first.map((candidate) => [candidate.id, candidate]))
          for (const { id } of removed) model.delete(id)
          for (const candidate of second) {
            model.delete(candidate.id)
            model.set(candidate.id, candidate)
          }
          for (const request of requests) {
            expect(index.place(request, policy, options)).toEqual(place(request, [...model.values()], policy, options))
          }
          expect(index.size).toBe(model.size)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('takes room and ports away when they are reserved', () => {
    const index = createCandidateIndex([candidateOf('n1', [slotOf({ memoryFreeMiB: 150 })])])
    const ports = [{ hostPort: 80, containerPort: 80, protocol: 'tcp' }] as const
    index.reserve('n1', 0, requestOf({ ports }))
    expect(index.get('n1')).toMatchObject({ slots: [{ memoryFreeMiB: 50 }], usedPorts: ports })
    expect(index.place(requestOf())).toMatchObject({ ok: false })
    expect(index.place(requestOf({ ports, resources: { memoryMiB: 10 } }))).toMatchObject({ ok: false })
    expect(index.place(requestOf({ resources: { memoryMiB: 10 } }))).toMatchObject({ ok: true })
  })

  it('spreads many placements evenly over equal nodes when each is reserved', () => {
    const index = createCandidateIndex(Array.from({ length: 100 }, (_, number) => candidateOf(`n${number}`)))
    const counts = new Map<string, number>()
    for (let count = 0; count < 1000; count += 1) {
      const result = index.place(requestOf())
      if (!result.ok) throw new Error(result.rejection.detail)
      index.reserve(result.candidateId, result.slotIndex, requestOf())
      counts.set(result.candidateId, (counts.get(result.candidateId) ?? 0) + 1)
    }
    expect(new Set(counts.values())).toEqual(new Set([10]))
  })
})
