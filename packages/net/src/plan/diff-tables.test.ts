import { describe, expect, it } from 'vitest'
import { sampleInput, sampleService } from '../testing/sample-input.ts'
import { diffTables } from './diff-tables.ts'
import { stateOf } from './kernel-state.ts'
import { planNetwork } from './plan-network.ts'

const TAG = 'd1ff0'
const configOf = (...services: ReturnType<typeof sampleService>[]) => planNetwork(sampleInput(TAG, { attachments: [], services }))
const present = stateOf(configOf(sampleService(1, [1, 2]), sampleService(2, [3]))).tables

function commandsTo(...services: ReturnType<typeof sampleService>[]): readonly string[] {
  return diffTables(present, configOf(...services).tables).flatMap((step) =>
    step.do === 'run-nft' ? step.commands.trim().split('\n') : [],
  )
}

describe('the change of nft tables', () => {
  it('is nothing when nothing differs', () => {
    expect(commandsTo(sampleService(1, [1, 2]), sampleService(2, [3]))).toEqual([])
  })

  it('touches only elements when a target is exchanged', () => {
    const table = `inet oak_${TAG}`
    expect(commandsTo(sampleService(1, [1, 2]), sampleService(2, [4]))).toEqual([
      `delete element ${table} slots_v4 { 10.30.1.2 . 0 : 10.30.0.3 }`,
      `delete element ${table} slots_v6 { fdff:2000::2 . 0 : fdff::3 }`,
      `add element ${table} slots_v4 { 10.30.1.2 . 0 : 10.30.0.4 }`,
      `add element ${table} slots_v6 { fdff:2000::2 . 0 : fdff::4 }`,
    ])
  })

  it('removes a chain only after nothing leads to it', () => {
    const commands = commandsTo(sampleService(1, [1]), sampleService(2, [3]))
    const at = (part: string) => commands.findIndex((command) => command.includes(part))
    expect(at('delete chain inet')).toBeGreaterThan(at('delete element inet oak_d1ff0 services_v4'))
    expect(commands.at(-1)).toBe(`delete chain inet oak_${TAG} to_fdff_2000__1`)
  })

  it('is one transaction for a whole table', () => {
    expect(diffTables([], configOf(sampleService(1, [1, 2])).tables)).toHaveLength(1)
  })

  it('brings very many chains in before the transaction that uses them', () => {
    const services = Array.from({ length: 700 }, (_, i) => ({
      ...sampleService(1, [1, 2]),
      v4: `10.30.${2 + (i >> 7)}.${i & 127}`,
      v6: `fdff:2000::${i + 9}`,
    }))
    const steps = diffTables(present, configOf(...services).tables)
    const runs = steps.flatMap((step) => (step.do === 'run-nft' ? [step.commands] : []))
    expect(runs).toHaveLength(3)
    expect(runs.map((commands) => commands.includes('add element'))).toEqual([false, false, true])
    expect(runs.every((commands) => commands.split('add chain').length <= 501)).toBe(true)
  })

  it('replaces a table whose sets have other types, in one transaction', () => {
    const spoiled = present.map((table) => ({ ...table, sets: table.sets.slice(1) }))
    const steps = diffTables(spoiled, configOf(sampleService(1, [1, 2])).tables)
    expect(steps).toHaveLength(1)
    expect(steps[0]).toMatchObject({ added: [`table inet oak_${TAG}`, `table bridge oak_${TAG}`] })
  })

  it('removes the tables when nothing is wanted', () => {
    expect(diffTables(present, [])).toMatchObject([{ commands: `delete table inet oak_${TAG}\ndelete table bridge oak_${TAG}\n` }])
  })
})
