import { describe, expect, it } from 'vitest'
import { faultOf, proofsIn } from './proven-claims.ts'
import { read } from './source-files.ts'

const PAGE = 'docs/failures.md'
const sections = read(PAGE)
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ title: section.split('\n')[0] ?? '', text: section }))
const ASPECTS = ['What', 'When', 'Seen', 'Do', 'Shown by']
const FAILURES = [
  'A node is dead',
  'A node is slow',
  'A node is back after its instances moved',
  'A cluster is dead',
  'A cluster is back',
  'Root is dead',
  'Root is restored from an old backup',
  'Root is replaced by a new one',
  'A connection is cut',
  'A connection is half open',
  'Every fifth packet is lost',
  'A clock jumps',
  'A disk is full',
  'Two nodes have the same name',
  'A disk was cloned',
  'A site loses its power while its uplink is cut',
  'A child was away for a month',
  'Everything looks dead at once',
  'A parent talks nonsense',
  'A child talks nonsense',
  'An image cannot be had',
  'An instance ends again and again',
  'A health check fails',
  'The file of a store is corrupt',
]

describe('the page about failures', () => {
  it('speaks of all of them', () => {
    expect(sections.map(({ title }) => title)).toEqual(expect.arrayContaining(FAILURES))
  })

  it.each(sections)('says of "$title" what, when, what is seen, what to do, and what shows it', ({ text }) => {
    expect(ASPECTS.filter((aspect) => !text.includes(`\n- **${aspect}**: `))).toEqual([])
    const proofs = proofsIn(PAGE, text)
    expect(proofs.length).toBeGreaterThan(0)
    expect(proofs.flatMap((proof) => faultOf(proof) ?? [])).toEqual([])
  })
})
