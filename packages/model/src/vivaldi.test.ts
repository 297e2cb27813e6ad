import { seededRandom } from '@oakestra/base/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NetworkCoordinates } from './geo.ts'
import { COORDINATES_AT_START, estimateRttMs, updateCoordinates } from './vivaldi.ts'

const random = seededRandom(1)
const at = (x: number, error = 0.5): NetworkCoordinates => ({ position: [x, 0, 0], heightMs: 1, error })

/** Round trips between places on a plane, each behind an access link of its own. */
function rttMatrix(places: readonly { readonly x: number; readonly y: number; readonly accessMs: number }[]): number[][] {
  return places.map((a) => places.map((b) => Math.hypot(a.x - b.x, a.y - b.y) + a.accessMs + b.accessMs))
}

/** Every node measures one peer, chosen by chance, in every round. */
function gossip(rtt: readonly (readonly number[])[], rounds: number, seed: number): NetworkCoordinates[] {
  const chance = seededRandom(seed)
  let nodes = rtt.map(() => COORDINATES_AT_START)
  for (let round = 0; round < rounds; round += 1) {
    nodes = nodes.map((own, index) => {
      const other = (index + 1 + Math.floor(chance.next() * (rtt.length - 1))) % rtt.length
      return updateCoordinates(own, nodes[other] ?? own, rtt[index]?.[other] ?? 0, chance)
    })
  }
  return nodes
}

function medianErrorOf(nodes: readonly NetworkCoordinates[], rtt: readonly (readonly number[])[]): number {
  const errors = nodes.flatMap((a, index) =>
    nodes.slice(index + 1).map((b, offset) => {
      const real = rtt[index]?.[index + 1 + offset] ?? 1
      return Math.abs(estimateRttMs(a, b) - real) / real
    }),
  )
  return errors.sort((a, b) => a - b)[Math.floor(errors.length / 2)] ?? 0
}

const anyPlace = fc.record({
  x: fc.integer({ min: 0, max: 200 }),
  y: fc.integer({ min: 0, max: 200 }),
  accessMs: fc.integer({ min: 1, max: 20 }),
})

describe('network coordinates', () => {
  it('come to agree with the measured round trips', () => {
    fc.assert(
      fc.property(fc.array(anyPlace, { minLength: 6, maxLength: 20 }), fc.integer(), (places, seed) => {
        const rtt = rttMatrix(places)
        const nodes = gossip(rtt, 600, seed)
        expect(medianErrorOf(nodes, rtt)).toBeLessThan(0.12)
        for (const { error } of nodes) expect(error).toBeLessThan(0.5)
      }),
      { numRuns: 40 },
    )
  })

  it('stay where they are when the estimate is right, and become surer', () => {
    const own = at(0)
    const next = updateCoordinates(own, at(10), 12, random)
    expect(next.position).toEqual(own.position)
    expect(next.error).toBeLessThan(own.error)
  })

  it('move away from a peer that is further than they seem, and towards one that is nearer', () => {
    expect(estimateRttMs(updateCoordinates(at(0), at(10), 40, random), at(10))).toBeGreaterThan(12)
    expect(estimateRttMs(updateCoordinates(at(0), at(10), 5, random), at(10))).toBeLessThan(12)
  })

  it('listen less to a peer that is unsure', () => {
    const step = (error: number) => Math.abs(updateCoordinates(at(0, 0.3), at(10, error), 40, random).position[0] ?? 0)
    expect(step(0.9)).toBeLessThan(step(0.1))
  })

  it('let two that begin at the same place part', () => {
    const apart = updateCoordinates(COORDINATES_AT_START, COORDINATES_AT_START, 30, random)
    expect(estimateRttMs(apart, COORDINATES_AT_START)).toBeGreaterThan(1)
  })

  it('ignore what is no round trip, and peers that speak of another space', () => {
    for (const rtt of [Number.NaN, -1, Number.POSITIVE_INFINITY, 60_000])
      expect(updateCoordinates(at(0), at(10), rtt, random)).toEqual(at(0))
    expect(updateCoordinates(at(0), { ...at(10), position: [1, 2] }, 5, random)).toEqual(at(0))
    expect(updateCoordinates(at(0), { ...at(10), heightMs: Number.NaN }, 5, random)).toEqual(at(0))
  })

  it('stay numbers whatever is measured', () => {
    const anyCoordinates = fc.record({
      position: fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 3, maxLength: 3 }),
      heightMs: fc.double({ min: 0, max: 1e3, noNaN: true }),
      error: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(anyCoordinates, anyCoordinates, fc.double(), (own, peer, rtt) => {
        const next = updateCoordinates(own, peer, rtt, random)
        expect([...next.position, next.heightMs, next.error].every(Number.isFinite)).toBe(true)
        expect(next.error).toBeLessThanOrEqual(1)
        expect(next.heightMs).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})
