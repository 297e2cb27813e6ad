/** A test that failed, as one part of a test run tells the whole. */
export interface FailedTest {
  /** From the top of the repository; empty when no file is to blame. */
  readonly file: string
  readonly name: string
  readonly why: string
}

const MARK = 'FAILED '
const WHY_LENGTH_MAX = 300

/** One line that says which test failed, and why in short. */
export function failedLine({ file, name, why }: FailedTest): string {
  return `${MARK}${file} > ${name}: ${why.replace(/\s+/g, ' ').slice(0, WHY_LENGTH_MAX)}\n`
}

/** The failures that were told in what a run printed. */
export function failedLinesIn(output: string): readonly string[] {
  return output.split('\n').filter((line) => line.startsWith(MARK))
}

/** The files of such lines, each once. `undefined` when one of the failures belongs to no file. */
export function filesOf(failedLines: readonly string[]): readonly string[] | undefined {
  const files = new Set(failedLines.map((line) => line.slice(MARK.length, line.indexOf(' > '))))
  return files.has('') ? undefined : [...files]
}
