import { spawn } from 'node:child_process'
import { OakError } from '@oakestra/base'

export interface ProgramRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

// Programs that set something up answer in milliseconds; one that hangs must not hold up a start for good.
const TIMEOUT_MS = 10_000
const OUTPUT_BYTES_MAX = 64 * 1024

export interface ProgramOptions {
  readonly input?: string
  readonly timeoutMs?: number
  /** Ends the program as soon as it has said something like this. */
  readonly until?: RegExp
}

/** Runs a program to its end. @throws OakError `unavailable` when it is not there, or is killed for taking too long */
export function runProgram(program: string, args: readonly string[], options: ProgramOptions = {}): Promise<ProgramRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe', timeout: options.timeoutMs ?? TIMEOUT_MS, killSignal: 'SIGKILL' })
    const said = { stdout: '', stderr: '' }
    const keep = (stream: 'stdout' | 'stderr') => (piece: Buffer) => {
      said[stream] = (said[stream] + piece.toString()).slice(-OUTPUT_BYTES_MAX)
      if (options.until?.test(said[stream])) child.kill('SIGKILL')
    }
    child.stdout.on('data', keep('stdout'))
    child.stderr.on('data', keep('stderr'))
    child.on('error', (cause) => reject(new OakError('unavailable', `cannot run ${program}: ${cause.message}`, { cause })))
    child.on('close', (code) => resolve({ code: code ?? -1, ...said }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
  })
}
