import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { failedLinesIn, filesOf } from './failed-line.ts'
import { ROOT } from './source-files.ts'

/*
 * Everything a change must pass, in the order in which a mistake shows soonest: the build, the checks, the tests.
 * What failed is told at the end once more, where nobody has to search for it, and the last line counts it all:
 * `N passed, N failed, N skipped`.
 *
 * The tests run beside each other, on a machine that may be slow and shared. Files in which few tests fail are
 * therefore run once more, alone: what fails then has failed. What passes only then is named, for it is a test
 * that asks for more of the machine than it says.
 */

/** More files than these with failures are no matter of load. */
const FILES_AGAIN_MAX = 4

interface Count {
  passed: number
  failed: number
  skipped: number
}

interface Part {
  readonly title: string
  readonly args: readonly string[]
  readonly countsOf: (output: string) => Count | undefined
  /** Runs beside another part: what it prints is shown when it is over, so that the two stay apart. */
  readonly isBeside?: true
}

interface Outcome extends Count {
  /** What failed, a line each. */
  readonly failures: readonly string[]
}

/** Runs a part, shows what it prints, and says what it counted. */
async function run({ title, args, countsOf, isBeside }: Part): Promise<Outcome> {
  const shown: string[] = []
  const show = (text: string) => void (isBeside ? shown.push(text) : process.stdout.write(text))
  show(`\n== ${title}\n`)
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  const { code, tail } = await finished(child, show)
  process.stdout.write(shown.join(''))
  const count = countsOf(tail) ?? { passed: 0, failed: 0, skipped: 0 }
  // A part that ends badly without having counted a failure must not look like success.
  const isUncounted = code !== 0 && count.failed === 0
  if (code === 0 && count.passed === 0 && count.failed === 0) count.passed = 1
  const failures = failedLinesIn(tail)
  return isUncounted
    ? { ...count, failed: 1, failures: [...failures, `FAILED  > ${title}: it ended with ${code}`] }
    : { ...count, failures }
}

function finished(child: ChildProcess, show: (text: string) => void): Promise<{ readonly code: number | null; readonly tail: string }> {
  let tail = ''
  child.stdout?.on('data', (part: Buffer) => {
    show(part.toString())
    tail = (tail + part.toString()).slice(-65_536)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, tail }))
  })
}

function testCounts(output: string): Count | undefined {
  const match = [...output.matchAll(/(\d+) passed, (\d+) failed, (\d+) skipped/g)].at(-1)
  return match && { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3]) }
}

function checkCounts(output: string): Count | undefined {
  const match = /(\d+) checks passed, (\d+) failed/.exec(output)
  return match ? { passed: Number(match[1]), failed: Number(match[2]), skipped: 0 } : undefined
}

const tsx = ['--import', 'tsx']
const vitest = join('node_modules', 'vitest', 'vitest.mjs')
const tests = (title: string, ...args: string[]): Part => ({ title, args: [vitest, 'run', ...args], countsOf: testCounts })

/** The first computes, the others wait for machines: together they take as long as the longest of the three. */
async function runAllTests(): Promise<readonly Outcome[]> {
  const beside = (part: Part) => run({ ...part, isBeside: true })
  const outside = (shard: number) => beside(tests(`tests of the built program, ${shard} of 3`, '--project', 'e2e', '--shard', `${shard}/3`))
  const lanes = await Promise.all([
    inTurn(() => beside(tests('tests within the process', '--project', 'unit', '--maxWorkers', '1'))),
    inTurn(
      () => beside(tests('tests with the machine', '--project', 'machine')),
      () => outside(3),
    ),
    inTurn(
      () => outside(1),
      () => outside(2),
    ),
  ])
  const outcomes = lanes.flat()
  const passed = await passesAlone(outcomes.flatMap((outcome) => outcome.failures))
  return passed ? outcomes.map((outcome) => ({ ...outcome, passed: outcome.passed + outcome.failed, failed: 0, failures: [] })) : outcomes
}

async function inTurn(...parts: (() => Promise<Outcome>)[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const part of parts) outcomes.push(await part())
  return outcomes
}

/** Runs the files of what failed once more, with nothing beside them. */
async function passesAlone(failures: readonly string[]): Promise<boolean> {
  const files = filesOf(failures)
  if (failures.length === 0 || files === undefined || files.length > FILES_AGAIN_MAX) return false
  const again = await run(tests(`what failed beside others, alone: ${files.join(', ')}`, ...files))
  if (again.failed > 0) return false
  process.stdout.write(`\nPassed only when run alone:\n${failures.join('\n')}\n`)
  return true
}

const chosen = process.argv.slice(2)
const outcomes: Outcome[] = [
  await run({ title: 'build', args: [...tsx, 'tools/build.ts'], countsOf: () => undefined }),
  await run({
    title: 'checks',
    args: [...tsx, 'tools/check.ts', 'types', 'types of the page', 'format', 'lint', 'dead code', 'architecture'],
    countsOf: checkCounts,
  }),
  ...(chosen.length > 0 ? [await run(tests('tests', ...chosen))] : await runAllTests()),
]
const sum = (field: keyof Count) => outcomes.reduce((total, outcome) => total + outcome[field], 0)
const failures = outcomes.flatMap((outcome) => outcome.failures)
if (failures.length > 0) process.stdout.write(`\nWhat failed:\n${failures.join('\n')}\n`)
process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`)
process.exitCode = sum('failed') === 0 ? 0 : 1
