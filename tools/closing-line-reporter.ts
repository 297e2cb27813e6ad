import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { failedLine } from './failed-line.ts'
import { ROOT } from './source-files.ts'

/** Ends a run with what failed, a line each, and one plain line that any CI can read: `N passed, N failed, N skipped`. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    const failures = errors.map((error) => failedLine({ file: '', name: 'outside any test', why: String(error) }))
    for (const module of modules) {
      const file = relative(ROOT, module.moduleId)
      // A file that fails to load has no tests, yet must not count as success.
      if (module.errors().length > 0) {
        count.failed += 1
        failures.push(failedLine({ file, name: 'the file itself', why: module.errors()[0]?.message ?? '' }))
      }
      for (const test of module.children.allTests()) {
        const { state, errors: found } = test.result()
        count[state] += 1
        if (state === 'failed') failures.push(failedLine({ file, name: test.fullName, why: found?.[0]?.message ?? '' }))
      }
    }
    process.stdout.write(`\n${failures.join('')}${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped\n`)
  }
}
