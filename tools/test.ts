import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './source-files.ts'

/*
 * Everything a change must pass, in the order in which a mistake shows soonest: the build, the checks, the tests.
 * The last line counts them all: `N passed, N failed, N skipped`.
 */

interface Count {
  passed: number
  failed: number
  skipped: number
}

const total: Count = { passed: 0, failed: 0, skipped: 0 }

interface Part {
  readonly title: string
  readonly args: readonly string[]
  readonly countsOf: (output: string) => Count | undefined
  /** Runs beside another part: what it prints is shown when it is over, so that the two stay apart. */
  readonly isBeside?: true
}

/** Runs a part, shows what it prints, and adds what its last lines count. */
async function run({ title, args, countsOf, isBeside }: Part): Promise<void> {
  const shown: string[] = []
  const show = (text: string) => void (isBeside ? shown.push(text) : process.stdout.write(text))
  show(`\n== ${title}\n`)
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  const { code, tail } = await finished(child, show)
  process.stdout.write(shown.join(''))
  // A part that ends badly without having counted a failure must not look like success.
  const count = countsOf(tail) ?? { passed: 0, failed: 0, skipped: 0 }
  if (code === 0 && count.passed === 0 && count.failed === 0) count.passed = 1
  if (code !== 0 && count.failed === 0) count.failed = 1
  total.passed += count.passed
  total.failed += count.failed
  total.skipped += count.skipped
}

function finished(child: ChildProcess, show: (text: string) => void): Promise<{ readonly code: number | null; readonly tail: string }> {
  let tail = ''
  child.stdout?.on('data', (part: Buffer) => {
    show(part.toString())
    tail = (tail + part.toString()).slice(-4096)
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
const chosen = process.argv.slice(2)
const tests = (title: string, ...args: string[]): Part => ({ title, args: [vitest, 'run', ...args], countsOf: testCounts })

await run({ title: 'build', args: [...tsx, 'tools/build.ts'], countsOf: () => undefined })
await run({
  title: 'checks',
  args: [...tsx, 'tools/check.ts', 'types', 'types of the page', 'format', 'lint', 'dead code', 'architecture'],
  countsOf: checkCounts,
})
if (chosen.length > 0) await run(tests('tests', ...chosen))
else {
  // The first computes, the others wait for machines: together they take as long as the longest of the three.
  const beside = (part: Part): Part => ({ ...part, isBeside: true })
  const outside = (shard: number) => beside(tests(`tests of the built program, ${shard} of 3`, '--project', 'e2e', '--shard', `${shard}/3`))
  await Promise.all([
    run(beside(tests('tests within the process', '--project', 'unit', '--maxWorkers', '1'))),
    run(beside(tests('tests with the machine', '--project', 'machine'))).then(() => run(outside(3))),
    run(outside(1)).then(() => run(outside(2))),
  ])
}

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exitCode = total.failed === 0 ? 0 : 1
