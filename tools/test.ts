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

/** Runs a part, shows what it prints, and adds what its last lines count. */
async function part(title: string, args: readonly string[], countsOf: (output: string) => Count | undefined): Promise<void> {
  process.stdout.write(`\n== ${title}\n`)
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  const { code, tail } = await finished(child)
  // A part that ends badly without having counted a failure must not look like success.
  const count = countsOf(tail) ?? { passed: 0, failed: 0, skipped: 0 }
  if (code === 0 && count.passed === 0 && count.failed === 0) count.passed = 1
  if (code !== 0 && count.failed === 0) count.failed = 1
  total.passed += count.passed
  total.failed += count.failed
  total.skipped += count.skipped
}

function finished(child: ChildProcess): Promise<{ readonly code: number | null; readonly tail: string }> {
  let tail = ''
  child.stdout?.on('data', (part: Buffer) => {
    process.stdout.write(part)
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
await part('build', [...tsx, 'tools/build.ts'], () => undefined)
await part('checks', [...tsx, 'tools/check.ts', 'types', 'format', 'lint', 'dead code', 'architecture'], checkCounts)
await part('tests', [vitest, 'run', ...process.argv.slice(2)], testCounts)

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exitCode = total.failed === 0 ? 0 : 1
