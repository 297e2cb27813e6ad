import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReplacementBed } from './support/replacement-bed.ts'
import { missingRights } from './support/rights.ts'

// One round: `bench/overlay-replacements.ts` does forty, two hundred replacements.
const REPLACEMENTS = 5
const LOOPS = 2

describe.skipIf(missingRights())('a service on two nodes of two clusters', () => {
  let bed: ReplacementBed | undefined
  beforeAll(async () => {
    bed = await ReplacementBed.open()
  })
  afterAll(() => bed?.[Symbol.asyncDispose]())

  it('loses no connection while its instances are replaced and sent from one cluster to the other', async () => {
    const { updates, moves, loads } = (await bed?.replace(REPLACEMENTS, LOOPS)) ?? { updates: 0, moves: 0, loads: {} }
    expect(updates + moves).toBeGreaterThanOrEqual(REPLACEMENTS)
    expect(Object.keys(loads)).toEqual(['n10', 'n20'])
    for (const { connections, failures } of Object.values(loads)) {
      expect(failures).toEqual([])
      expect(connections).toBeGreaterThan(20)
    }
  })
})
