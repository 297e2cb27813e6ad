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

  it('sends no connection to one that is not there while its instances are replaced and sent from one cluster to the other', async () => {
    const { updates, moves, loads } = (await bed?.replace(REPLACEMENTS, LOOPS)) ?? { updates: 0, moves: 0, loads: {} }
    expect(updates + moves).toBeGreaterThanOrEqual(REPLACEMENTS)
    expect(Object.keys(loads)).toEqual(['n10', 'n20'])
    for (const { connections, failures } of Object.values(loads)) {
      expect(failures.filter(({ error }) => error === 'ECONNREFUSED')).toEqual([])
      // Beside other tests a core may not be free for seconds: then one in some ten thousand is cut or waits too long.
      expect(failures.length).toBeLessThanOrEqual(1)
      expect(connections).toBeGreaterThan(20)
    }
  })
})
