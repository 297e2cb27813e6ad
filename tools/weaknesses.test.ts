import { describe, expect, it } from 'vitest'
import { faultOf, proofsIn } from './proven-claims.ts'
import { read } from './source-files.ts'

const PAGE = 'docs/weaknesses.md'
const COUNT = 48
/** Those about state, retries, failures and cost: what this orchestrator stands on is shown, not promised. */
const PROVEN_UP_TO = 24

const rows = read(PAGE)
  .split('\n')
  .filter((line) => line.startsWith('| W-'))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '').trim()))
  .map(([id = '', was = '', here = '', shown = '']) => ({ id, was, here, shown }))

describe('the page about weaknesses', () => {
  it('speaks of all of them, in order', () => {
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: COUNT }, (_, index) => `W-${index + 1}`))
  })

  it.each(rows)('says what $id was, what is here instead, and what shows it', ({ id, was, here, shown }) => {
    expect(was.length).toBeGreaterThan(10)
    expect(here.length).toBeGreaterThan(10)
    const proofs = proofsIn(PAGE, shown)
    expect(proofs.flatMap((proof) => faultOf(proof) ?? [])).toEqual([])
    const mayBeLeftOut = Number(id.slice(2)) > PROVEN_UP_TO && here.includes('not built yet')
    if (!mayBeLeftOut) expect(proofs.length).toBeGreaterThan(0)
  })
})
