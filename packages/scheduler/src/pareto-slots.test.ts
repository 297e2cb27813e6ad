import type { Slot } from '@oakestra/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paretoSlots } from './pareto-slots.ts'
import { place } from './place.ts'
import type { PlacementRequest } from './placement.ts'
import { anyRequest, anySlot, candidateOf, requestOf, slotOf } from './testing/samples.ts'

/** Whether one of these slots can take the resources of a request. */
const canTake = (slots: readonly Slot[], request: PlacementRequest) =>
  place(
    {
      ...request,
      constraints: request.constraints.filter(({ type }) => type === 'labels' || type === 'addons'),
      ports: [],
      avoid: new Map(),
    },
    [candidateOf('c', slots)],
  ).ok

const manySlots = fc.array(anySlot, { maxLength: 60 })

describe('the summary of a cluster', () => {
  it('answers every request as its nodes would, while nothing had to be merged', () => {
    fc.assert(
      fc.property(manySlots, anyRequest, (slots, request) => {
        expect(canTake(paretoSlots(slots, 1000), request)).toBe(canTake(slots, request))
      }),
      { numRuns: 500 },
    )
  })

  it('never says no where a node says yes, however little it may hold', () => {
    fc.assert(
      fc.property(manySlots, fc.integer({ min: 1, max: 8 }), anyRequest, (slots, max, request) => {
        const summary = paretoSlots(slots, max)
        if (canTake(slots, request)) expect(canTake(summary, request)).toBe(true)
        const architectures = new Set(slots.map((slot) => slot.architecture)).size
        expect(summary.length).toBeLessThanOrEqual(Math.max(max, architectures))
      }),
      { numRuns: 500 },
    )
  })

  it('keeps why something does not work, of nodes that it no longer names too', () => {
    const faulty = { faults: { unikernel: 'node n1: QEMU is not installed' } }
    const small = slotOf({ memoryFreeMiB: 1, ...faulty })
    expect(paretoSlots([slotOf({ memoryFreeMiB: 5 }), small], 8)).toEqual([slotOf({ memoryFreeMiB: 5, ...faulty })])
    // One that beats the other only later, by what counts beside memory.
    const [one, other] = [slotOf({ memoryFreeMiB: 5, vcpusFree: 1, ...faulty }), slotOf({ memoryFreeMiB: 5, vcpusFree: 2 })]
    for (const order of [
      [one, other],
      [other, one],
    ])
      expect(paretoSlots(order, 8)).toEqual([{ ...other, ...faulty }])
    const many = [slotOf({ memoryFreeMiB: 5, vcpusFree: 1 }), slotOf({ memoryFreeMiB: 1, vcpusFree: 5, ...faulty })]
    expect(paretoSlots(many, 1)).toMatchObject([faulty])
  })

  it('is one slot for a thousand equal nodes', () => {
    expect(
      paretoSlots(
        Array.from({ length: 1000 }, () => slotOf()),
        32,
      ),
    ).toEqual([slotOf()])
  })

  it('stays within its size and still never lies downwards for thousands of nodes of which none beats another', () => {
    const slots = Array.from({ length: 3000 }, (_, index) => slotOf({ memoryFreeMiB: index, vcpusFree: 3000 - index }))
    const summary = paretoSlots(slots, 32)
    expect(summary.length).toBeLessThanOrEqual(32)
    for (const slot of slots) {
      expect(summary.some((kept) => kept.memoryFreeMiB >= slot.memoryFreeMiB && kept.vcpusFree >= slot.vcpusFree)).toBe(true)
    }
  })

  it('stays small when each node carries labels of its own', () => {
    const slots = Array.from({ length: 2000 }, (_, index) => slotOf({ labels: [`host=h${index}`, 'zone=a'] }))
    const summary = paretoSlots(slots, 32)
    expect(summary.length).toBeLessThanOrEqual(32)
    expect(JSON.stringify(summary).length).toBeLessThan(100_000)
    for (const host of ['host=h0', 'host=h1999']) {
      expect(canTake(summary, requestOf({ constraints: [{ type: 'labels', needs: [host, 'zone=a'] }] }))).toBe(true)
    }
  })

  it('is empty for a cluster without nodes', () => {
    expect(paretoSlots([], 32)).toEqual([])
  })
})
