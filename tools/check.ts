import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './source-files.ts'

/** One kind of check: what it runs, and what a person does when it fails. */
interface Check {
  readonly name: string
  /** Under `node_modules`, run by this Node: which `tsc` an installed name means depends on who installed last. */
  readonly program: string
  readonly args: readonly string[]
  readonly remedy: string
}

const CHECKS: readonly Check[] = [
  { name: 'types', program: 'typescript7/bin/tsc', args: ['-p', '.'], remedy: 'mend the types; the compiler names file and line' },
  {
    name: 'types of the page',
    program: 'typescript7/bin/tsc',
    args: ['-p', 'apps/dashboard'],
    remedy: 'mend the types; the page has libraries of browsers that programs do not have',
  },
  { name: 'format', program: '@biomejs/biome/bin/biome', args: ['check', '.'], remedy: 'run: npm run format' },
  {
    name: 'lint',
    program: 'oxlint/bin/oxlint',
    args: ['--type-aware', '--quiet'],
    remedy: 'mend it, or change .oxlintrc.json with a reason',
  },
  { name: 'dead code', program: 'knip/bin/knip.js', args: ['--no-progress', '--no-config-hints'], remedy: 'delete what nobody uses' },
  {
    name: 'architecture',
    program: 'dependency-cruiser/bin/dependency-cruise.mjs',
    args: ['--config', '.dependency-cruiser.cjs', 'packages', 'apps'],
    remedy: 'see the comment of the rule in .dependency-cruiser.cjs',
  },
  {
    name: 'repository',
    program: 'vitest/vitest.mjs',
    args: ['run', '--project', 'unit', 'tools', '--reporter', 'dot'],
    remedy: 'the failing test says what to change; the tables are in tools/',
  },
]

interface Outcome {
  readonly check: Check
  readonly ok: boolean
  readonly output: string
  readonly seconds: number
}

function run(check: Check): Promise<Outcome> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', check.program), ...check.args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const parts: string[] = []
  child.stdout.on('data', (part) => parts.push(String(part)))
  child.stderr.on('data', (part) => parts.push(String(part)))
  return new Promise((resolve) => {
    const end = (ok: boolean) => resolve({ check, ok, output: parts.join(''), seconds: (performance.now() - startedMs) / 1000 })
    child.on('error', (error) => {
      parts.push(String(error))
      end(false)
    })
    child.on('close', (code) => end(code === 0))
  })
}

/** Two at a time: most of them use more than one core for part of their run. */
async function runAll(checks: readonly Check[]): Promise<readonly Outcome[]> {
  const waiting = [...checks]
  const outcomes: Outcome[] = []
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const outcome = await run(check)
      report(outcome)
      outcomes.push(outcome)
    }
  }
  await Promise.all([worker(), worker()])
  return outcomes
}

function report({ check, ok, output, seconds }: Outcome): void {
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${check.name} (${seconds.toFixed(1)} s)\n`)
  if (!ok) process.stdout.write(`${output.trimEnd()}\n       what to do: ${check.remedy}\n`)
}

const wanted = process.argv.slice(2)
const chosen = wanted.length === 0 ? CHECKS : CHECKS.filter(({ name }) => wanted.includes(name))
const outcomes = await runAll(chosen)
const failed = outcomes.filter(({ ok }) => !ok)
process.stdout.write(`${outcomes.length - failed.length} checks passed, ${failed.length} failed\n`)
process.exitCode = failed.length === 0 ? 0 : 1
