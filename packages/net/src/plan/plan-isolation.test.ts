import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { NetworkInput } from '../network.ts'
import { sampleAttachment, sampleInput, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { NETWORK_LIMITS } from './constants.ts'
import { diffTables } from './diff-tables.ts'
import { explainAddress } from './explain.ts'
import { isStaleFlow, lostTargets } from './flows.ts'
import { stateOf } from './kernel-state.ts'
import { planNetwork } from './plan-network.ts'
import { renderKernelConfig } from './render.ts'

const TAG = '150a7'
const instance = (number: number, node = 0) => ({ v4: `10.30.0.${node * 64 + number}`, v6: `fdff::${(node * 64 + number).toString(16)}` })
/** Instances 1 and 2 are here, 65 and 66 on another node. Number 1 is isolated, and admits itself and number 65. */
const inputWith = (admits = [instance(1), instance(1, 1)]): NetworkInput =>
  sampleInput(TAG, {
    place: { ...samplePlace(TAG), tunnel: { port: 50_103 } },
    attachments: [{ ...sampleAttachment(1), admits }, sampleAttachment(2)],
    services: [sampleService(1, [1])],
    peers: [samplePeer(1, '192.0.2.2', [1, 2])],
    asksForUnknown: true,
  })
const open = sampleInput(TAG, { ...inputWith(), attachments: [sampleAttachment(1), sampleAttachment(2)] })

describe('the isolation of an instance', () => {
  it('is as written down', () => {
    const file = new URL('./testdata/isolated.golden.txt', import.meta.url)
    const text = renderKernelConfig({ ...planNetwork(inputWith()), namespaces: [] })
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, text)
    expect(text).toBe(readFileSync(file, 'utf8'))
  })

  it('puts no rule into the kernel where nobody is isolated', () => {
    const rules = planNetwork(open).tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules))
    expect(rules.filter((rule) => /guard|admitted|isolated/.test(rule))).toEqual([])
  })

  it('comes before everything that lets packets through', () => {
    const forwarded = planNetwork(inputWith()).tables[0]?.chains.find(({ name }) => name === 'forwarded')?.rules ?? []
    const first = forwarded.findIndex((rule) => rule.endsWith(' accept'))
    expect(forwarded.findIndex((rule) => rule.endsWith('jump guard_v6'))).toBeLessThan(first)
  })

  it('is a change of elements when somebody else is admitted', () => {
    const steps = diffTables(stateOf(planNetwork(inputWith())).tables, planNetwork(inputWith([instance(1), instance(2)])).tables)
    expect(steps.flatMap((step) => (step.do === 'run-nft' ? step.commands.trim().split('\n') : []))).toEqual([
      `delete element inet oak_${TAG} admitted_v4 { 10.30.0.65 . 10.30.0.1 }`,
      `delete element inet oak_${TAG} admitted_v6 { fdff::41 . fdff::1 }`,
      `add element inet oak_${TAG} admitted_v4 { 10.30.0.2 . 10.30.0.1 }`,
      `add element inet oak_${TAG} admitted_v6 { fdff::2 . fdff::1 }`,
    ])
  })

  it('is switched on and off in one transaction each, without a table being replaced', () => {
    const [off, on] = [planNetwork(open), planNetwork(inputWith())]
    for (const [from, to] of [
      [off, on],
      [on, off],
    ] as const) {
      const steps = diffTables(stateOf(from).tables, to.tables)
      expect(steps).toHaveLength(1)
      expect(steps[0]).toMatchObject({ commands: expect.not.stringContaining('table') })
    }
  })

  it.each([
    ['one instance', Array.from({ length: NETWORK_LIMITS.admitted + 1 }, () => instance(1))],
    ['a node', undefined],
  ])('is refused with more clients than %s can have', (_whose, many) => {
    const lists = many ? [many] : Array.from({ length: 11 }, () => Array.from({ length: NETWORK_LIMITS.admitted }, () => instance(1)))
    const attachments = lists.map((admits, at) => ({ ...sampleAttachment(at + 1), admits }))
    expect(() => planNetwork(sampleInput(TAG, { attachments, services: [] }))).toThrow(expect.objectContaining({ code: 'limit-exceeded' }))
  })
})

describe('a connection to an isolated instance', () => {
  const { flows } = planNetwork(inputWith())

  it.each([
    ['of an admitted instance stays', { source: '10.30.0.65', destination: '10.30.0.1', answeredBy: '10.30.0.1' }, false],
    ['of an admitted one by a service address stays', { source: 'fdff::41', destination: 'fdff:2000::1', answeredBy: 'fdff::1' }, false],
    ['of another instance ends', { source: '10.30.0.66', destination: '10.30.0.1', answeredBy: '10.30.0.1' }, true],
    ['of a neighbour by a service address ends', { source: '10.30.0.2', destination: '10.30.1.1', answeredBy: '10.30.0.1' }, true],
    ['of a neighbour to its namespace address ends', { source: '10.30.0.2', destination: '10.18.0.2', answeredBy: '10.18.0.2' }, true],
    ['of another node stays', { source: '10.18.0.65', destination: '10.30.0.1', answeredBy: '10.30.0.1' }, false],
    [
      'of the machine itself stays',
      { source: '10.18.0.1', destination: '10.30.0.1', answeredBy: '10.30.0.1', answeredTo: '10.18.0.1' },
      false,
    ],
    [
      'of a neighbour by a published port stays',
      { source: '10.18.0.3', destination: '192.0.2.1', answeredBy: '10.18.0.2', answeredTo: '10.18.0.1' },
      false,
    ],
    ['of somebody nobody here knows stays', { source: '10.30.7.7', destination: '10.30.0.1', answeredBy: '10.30.0.1' }, false],
    ['that it opened itself stays', { source: '10.30.0.1', destination: '10.30.0.66', answeredBy: '10.30.0.66' }, false],
  ])('%s', (_what, flow, isStale) => {
    expect(isStaleFlow(flows, flow)).toBe(isStale)
  })

  it('is looked for when the instance admits fewer, and when it is isolated while it runs', () => {
    const before = planNetwork(open).flows
    expect(lostTargets(before, flows)).toEqual(['10.30.0.1', '10.18.0.2', 'fdff::1', 'fc00::2'])
    expect(lostTargets(flows, planNetwork(inputWith([instance(1)])).flows)).toEqual(['10.30.0.1', 'fdff::1'])
    expect(lostTargets(planNetwork(inputWith([instance(1)])).flows, flows)).toEqual([])
    expect(lostTargets(flows, before)).toEqual([])
  })
})

describe('the explanation of an isolated instance', () => {
  it.each(['10.30.0.1', 'fdff::1', '10.30.1.1'])('says at %s whose packets are dropped', (address) => {
    const text = explainAddress({ input: inputWith(), config: planNetwork(inputWith()), missing: [] }, address).join('\n')
    expect(text).toContain('is isolated: it takes connections from 2 instances')
    expect(text).toContain(`Dropped are those of ${sampleAttachment(2).instanceId} on this node.`)
  })

  it('is silent about others', () => {
    const lines = explainAddress({ input: inputWith(), config: planNetwork(inputWith()), missing: [] }, '10.30.0.2')
    expect(lines.join('\n')).not.toContain('isolated')
  })
})
