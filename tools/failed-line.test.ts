import { describe, expect, it } from 'vitest'
import { failedLine, failedLinesIn, filesOf } from './failed-line.ts'

const lost = failedLine({ file: 'e2e/a.test.ts', name: 'a node > comes back', why: 'expected 1\n  to be 2' })

describe('the line of a failed test', () => {
  it('is found again among everything else that a run prints', () => {
    expect(failedLinesIn(`some words\n${lost}1 passed, 1 failed, 0 skipped\n`)).toEqual([
      'FAILED e2e/a.test.ts > a node > comes back: expected 1 to be 2',
    ])
  })

  it('names its file, each file once', () => {
    expect(filesOf(failedLinesIn(lost + lost))).toEqual(['e2e/a.test.ts'])
  })

  it('gives no files when a failure belongs to none: there is nothing to run again', () => {
    const nowhere = failedLine({ file: '', name: 'outside any test', why: 'unhandled' })
    expect(filesOf(failedLinesIn(lost + nowhere))).toBeUndefined()
  })
})
