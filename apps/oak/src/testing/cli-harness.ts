import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock } from '@oakestra/base'
import type { CliContext } from '../cli/context.ts'
import { createOutput } from '../cli/output.ts'
import { runCli } from '../cli/run.ts'
import { daemonDoor } from '../daemon/index.ts'
import { type FakeRoot, startFakeRoot } from './fake-root.ts'

export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The command line against a fake root, with a home and a data directory of its own. */
export interface CliHarness extends AsyncDisposable {
  readonly root: FakeRoot
  readonly folder: string
  /** What a question is answered with; undefined is a missing terminal. */
  answer: string | undefined
  env: Record<string, string>
  run(...argv: string[]): Promise<CliResult>
  /** The same, ended by the signal a Ctrl-C sends. */
  runUntil(signal: AbortSignal, ...argv: string[]): Promise<CliResult>
}

export async function startCli(): Promise<CliHarness> {
  const root = await startFakeRoot()
  const folder = mkdtempSync(join(tmpdir(), 'oak-cli-'))
  const harness: CliHarness = {
    root,
    folder,
    answer: undefined,
    env: { HOME: folder, OAK_API: root.url, OAK_DATA_DIR: join(folder, 'data'), OAK_PASSWORD: root.password },
    run: (...argv) => run(harness, new AbortController().signal, argv),
    runUntil: (signal, ...argv) => run(harness, signal, argv),
    [Symbol.asyncDispose]: async () => {
      await root[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return harness
}

async function run(harness: CliHarness, signal: AbortSignal, argv: readonly string[]): Promise<CliResult> {
  const written = { stdout: '', stderr: '' }
  const streams = {
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
  }
  const context: CliContext = {
    output: createOutput(streams, harness.env, false),
    env: harness.env,
    clock: realClock,
    signal,
    loadDaemon: () => Promise.resolve(daemonDoor),
    ask: () => Promise.resolve(harness.answer),
  }
  return { code: await runCli(argv, context), ...written }
}
