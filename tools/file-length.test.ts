import { expect, it } from 'vitest'
import { read, sourceFiles } from './source-files.ts'

// Longer, and a file holds more than one idea. Half of this is the usual length.
const LINES_MAX = 400

/** Files that were longer when this was written. The numbers only go down, and the list only gets shorter. */
const STILL_LONGER: Readonly<Record<string, number>> = {}

it('keeps every file short enough to hold one idea', () => {
  const tooLong = sourceFiles()
    .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > (STILL_LONGER[path] ?? LINES_MAX))
    .map(({ path, lines }) => `${path} has ${lines} lines; split it by idea`)
  expect(tooLong).toEqual([])
})

it('lowers the exceptions when a file has become shorter', () => {
  const slack = Object.entries(STILL_LONGER).filter(([path, lines]) => read(path).split('\n').length - 1 < lines)
  expect(slack.map(([path]) => path)).toEqual([])
})
