import { OakError } from '@oakestra/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GatewayEntry, NetworkInput, ServiceEntry } from '../network.ts'
import { sampleAttachment, sampleInput, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { diffKernel } from './diff-kernel.ts'
import { lostTargets } from './flows.ts'
import type { KernelConfig } from './kernel-config.ts'
import { stateOf } from './kernel-state.ts'
import { planNetwork } from './plan-network.ts'
import { Planner } from './planner.ts'
import { renderKernelConfig } from './render.ts'

const TAG = 'a1b2c'
const FACTS = { addresses: ['192.0.2.1'] }

/** The definition: both as a whole. */
function stepsFromScratch(before: KernelConfig, config: KernelConfig) {
  return diffKernel({ tag: TAG, state: stateOf(before), config, cutFlows: lostTargets(before.flows, config.flows) })
}

const instances = fc.subarray([1, 2, 3, 4], { minLength: 0 })
const choice = fc.constantFrom('turns', 'weighted', 'sticky', undefined)

/** Few addresses, so that services come back otherwise, and now and then two have the same. */
const service = fc
  .record({
    number: fc.integer({ min: 1, max: 9 }),
    targets: instances,
    kept: instances,
    choice,
    without: fc.constantFrom('v4', 'v6', undefined),
    weight: fc.nat(3),
  })
  .map(({ number, targets, kept, choice, without, weight }): ServiceEntry => {
    const { v4 = '', v6 = '', ...rest } = sampleService(number, targets)
    return {
      ...rest,
      targets: rest.targets.map((target, at) => (at === 0 ? { ...target, weight } : target)),
      ...(without !== 'v4' && { v4 }),
      ...(without !== 'v6' && { v6: v6.toUpperCase() }),
      ...(choice && { choice }),
      ...(kept.length > 0 && { kept: sampleService(0, kept).targets }),
    }
  })

const gateway = fc.integer({ min: 1, max: 3 }).map(
  (number): GatewayEntry => ({
    serviceId: `service-${number}`,
    name: `service ${number}`,
    v4: `10.30.1.${number}`,
    ports: [{ hostPort: 8_000 + number, containerPort: 80, protocol: 'tcp' }],
  }),
)

const peers = fc
  .subarray([1, 2, 3], { minLength: 0 })
  .chain((nodes) => fc.tuple(...nodes.map((node) => instances.map((held) => samplePeer(node, `192.0.2.${node}`, held)))))

/** Everything about a node that may change between two plans; most times most of it stays. */
const turn = fc.record({
  leaves: fc.array(fc.nat(8), { maxLength: 2 }),
  comes: fc.array(service, { maxLength: 3 }),
  isShuffled: fc.boolean(),
  attachments: fc.option(fc.subarray([5, 6, 7], { minLength: 0 })),
  admits: fc.option(instances),
  peers: fc.option(peers),
  gateways: fc.option(fc.uniqueArray(gateway, { maxLength: 2, selector: ({ serviceId }) => serviceId })),
  asksForUnknown: fc.option(fc.boolean()),
  node: fc.constantFrom(null, null, null, 0, 3),
})
type Turn = typeof turn extends fc.Arbitrary<infer Value> ? Value : never

/** The same objects for what stays, as an agent hands them over. */
function afterTurn(input: NetworkInput, change: Turn): NetworkInput {
  const stay = input.services.filter((_, at) => !change.leaves.includes(at))
  const services = change.isShuffled ? [...change.comes, ...stay.toReversed()] : [...stay, ...change.comes]
  const node = change.node ?? undefined
  const attachmentOf = (number: number) => ({
    ...sampleAttachment(number, number === 5 ? [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] : [], node),
    ...(change.admits && { admits: sampleService(0, change.admits, 2).targets }),
  })
  return {
    ...input,
    services,
    ...(node !== undefined && { place: { ...samplePlace(TAG, node), tunnel: { port: 50_103 } } }),
    ...(change.attachments && { attachments: change.attachments.map(attachmentOf) }),
    ...(change.peers && { peers: change.peers }),
    ...(change.gateways && { gateways: change.gateways }),
    ...(change.asksForUnknown !== null && { asksForUnknown: change.asksForUnknown }),
  }
}

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'none'
  } catch (thrown) {
    return thrown instanceof OakError ? `${thrown.code}: ${thrown.message}` : String(thrown)
  }
}

const start = sampleInput(TAG, { place: { ...samplePlace(TAG), tunnel: { port: 50_103 } }, attachments: [], services: [] })

describe('planning one input after the other', () => {
  it('gives the configuration and the steps that planning and comparing from scratch give, and refuses the same inputs', () => {
    let short = 0
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 12 }), (turns) => {
        const planner = new Planner()
        let held = planner.plan({ input: start, machine: FACTS }).plan
        let input = start
        for (const change of turns) {
          const next = afterTurn(input, change)
          const source = { input: next, machine: FACTS }
          const fault = codeOf(() => planNetwork(next, FACTS))
          if (fault !== 'none') {
            expect(codeOf(() => planner.plan(source))).toBe(fault)
            expect(held.flows).toEqual(planNetwork(held.input, FACTS).flows)
            continue
          }
          const [before, after] = [planNetwork(held.input, FACTS), planNetwork(next, FACTS)]
          const { plan, stepsFrom } = planner.plan(source)
          const steps = stepsFrom(held)
          if (steps) expect(steps).toEqual(stepsFromScratch(before, after))
          if (steps) short += 1
          expect(renderKernelConfig(plan)).toBe(renderKernelConfig(after))
          expect(plan.flows).toEqual(after.flows)
          ;[held, input] = [plan, next]
        }
      }),
      { seed: 20_261_123, numRuns: 40 },
    )
    expect(short).toBeGreaterThan(50)
  })

  it('looks at the one service that came among ten thousand, and at those that left', () => {
    const planner = new Planner()
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      ...sampleService(1, [1]),
      v4: `10.30.${64 + (index >> 8)}.${index & 255}`,
      v6: `fdff:2001::${index.toString(16)}`,
    }))
    const sourceOf = (services: readonly ServiceEntry[]) => ({ input: { ...start, services }, machine: FACTS })
    const { plan } = planner.plan(sourceOf(many))
    const more = planner.plan(sourceOf([...many.slice(0, 7_000), sampleService(1, [1, 2]), ...many.slice(7_001)]))
    const texts = (more.stepsFrom(plan) ?? []).flatMap((step) => (step.do === 'run-nft' ? step.commands.split('\n') : [step.do]))
    expect(texts.filter((text) => text.startsWith('delete element'))).toHaveLength(4)
    expect(texts.length).toBeLessThan(20)
  })

  it('knows no steps from another plan than the last', () => {
    const planner = new Planner()
    const first = planner.plan({ input: start, machine: FACTS }).plan
    planner.plan({ input: { ...start, services: [sampleService(1, [1])] }, machine: FACTS })
    const { stepsFrom } = planner.plan({ input: { ...start, services: [sampleService(2, [1])] }, machine: FACTS })
    expect(stepsFrom(first)).toBeUndefined()
  })

  it('goes on after an input that was refused', () => {
    const planner = new Planner()
    const sourceOf = (...services: ServiceEntry[]) => ({ input: { ...start, services }, machine: FACTS })
    const one = sampleService(1, [1])
    planner.plan(sourceOf(one))
    expect(() => planner.plan(sourceOf(one, one))).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(() => planner.plan(sourceOf(one, { ...one }))).toThrow(expect.objectContaining({ code: 'conflict' }))
    const { plan } = planner.plan(sourceOf(one))
    expect(planner.plan(sourceOf(one, sampleService(2, []))).stepsFrom(plan)).not.toEqual([])
  })
})
