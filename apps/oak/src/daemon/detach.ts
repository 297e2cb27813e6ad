import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CliFailure, EXIT, type ExitCode } from '../cli/failure.ts'
import { type Step, startStep } from '../cli/progress.ts'
import type { OakConfig } from '../config.ts'
import { prepareDataDir } from './data-dir.ts'
import type { DetachOptions, MachineContext } from './door.ts'
import { firstOf } from './run-daemon.ts'
import { type DaemonState, places, runningDaemons } from './state-file.ts'

const POLL_MS = 50

export interface Started {
  readonly alreadyRunning: boolean
  readonly apiUrl?: string
}

/** Starts the same command in a process of its own and waits until it is ready. Starting twice starts once. */
export async function startDetached(context: MachineContext, config: OakConfig, options: DetachOptions): Promise<Started> {
  prepareDataDir(config.dataDir)
  const before = findRunning(config.dataDir, options)
  if (before?.phase === 'ready') return { alreadyRunning: true, ...(before.apiUrl && { apiUrl: before.apiUrl }) }
  const step = startStep(context.output, context.clock, `Starting ${options.roles.join(', ')}`)
  try {
    const child = before ? undefined : spawnDetached(config.dataDir, options)
    const state = await untilReady(context, config.dataDir, options, child, step)
    step.done(state.apiUrl)
    return { alreadyRunning: before !== undefined, ...(state.apiUrl && { apiUrl: state.apiUrl }) }
  } catch (thrown) {
    step.fail()
    throw thrown
  }
}

function findRunning(dataDir: string, options: DetachOptions): DaemonState | undefined {
  return runningDaemons(dataDir).find((state) => options.roles.every((role) => state.roles.includes(role)))
}

/** Watches one child until it has said something: an exit is seen at once, not at the deadline. */
function spawnDetached(dataDir: string, options: DetachOptions): ChildProcess {
  const program = process.argv[1]
  if (program === undefined) throw new CliFailure(EXIT.failure, 'cannot find my own program file')
  const outFile = places.outFile(dataDir, firstOf(options.roles))
  mkdirSync(dirname(outFile), { recursive: true, mode: 0o700 })
  const out = openSync(outFile, 'w', 0o600)
  try {
    const child = spawn(process.execPath, [...process.execArgv, program, ...options.argv], {
      detached: true,
      stdio: ['ignore', out, out],
      cwd: '/',
    })
    child.unref()
    return child
  } finally {
    closeSync(out)
  }
}

async function untilReady(
  context: MachineContext,
  dataDir: string,
  options: DetachOptions,
  child: ChildProcess | undefined,
  step: Step,
): Promise<DaemonState> {
  const deadlineMs = context.clock.monotonicMs() + options.timeoutMs
  while (context.clock.monotonicMs() < deadlineMs) {
    const state = findRunning(dataDir, options)
    if (state?.phase === 'ready') return state
    if (child && (child.exitCode !== null || child.signalCode !== null)) throw ended(dataDir, options, child)
    if (!child && !state) throw new CliFailure(EXIT.failure, 'it ended while starting', logHint(dataDir, options))
    if (state?.apiUrl) step.update(`the API answers at ${state.apiUrl}`)
    await context.clock.sleep(POLL_MS, context.signal)
  }
  const message = `not ready after ${options.timeoutMs / 1000} s; it goes on starting in the background`
  throw new CliFailure(EXIT.timedOut, message, logHint(dataDir, options))
}

/** Ends as the child did, and says what it said. */
function ended(dataDir: string, options: DetachOptions, child: ChildProcess): CliFailure {
  const how = child.signalCode ? `by ${child.signalCode}` : `with exit code ${child.exitCode}`
  const said = lastLines(places.outFile(dataDir, firstOf(options.roles)), 20)
  const message = said.startsWith('error: ') ? said.slice('error: '.length) : `it ended ${how} while starting${said ? `:\n${said}` : ''}`
  return new CliFailure(exitCodeOf(child), message, logHint(dataDir, options))
}

function exitCodeOf(child: ChildProcess): ExitCode {
  return Object.values(EXIT).find((code) => code !== EXIT.ok && code === child.exitCode) ?? EXIT.failure
}

function logHint(dataDir: string, options: DetachOptions): string {
  return `the log is ${places.logFile(dataDir, firstOf(options.roles))}`
}

function lastLines(path: string, count: number): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}
