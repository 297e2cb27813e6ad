import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['default', './tools/closing-line-reporter.ts'],
    projects: [
      {
        // Pure and in-process tests: many files share a thread, so that starting Node is paid once.
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          exclude: ['**/*.machine.test.ts'],
          pool: 'threads',
          isolate: false,
          // Some wait for leases and reconnects of a real clock.
          testTimeout: 20_000,
        },
      },
      // Tests that own the machine: containerd, network namespaces, real processes. One file at a time.
      machineTests('machine', ['packages/*/src/**/*.machine.test.ts', 'apps/*/src/**/*.machine.test.ts']),
      // The built program from outside; beside the others, for each has its own ports, directories and namespaces.
      machineTests('e2e', ['e2e/**/*.test.ts']),
    ],
  },
})

function machineTests(name: string, include: string[]) {
  return { test: { name, include, pool: 'forks' as const, fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 } }
}
