import { type ChildProcess, spawn } from 'node:child_process'
import { until } from '@oakestra/base/testing'

/** A command that prints without end, read line by line while it runs. */
export class Follow implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended: Promise<number>
  #text = ''

  constructor(command: readonly string[], env: NodeJS.ProcessEnv) {
    const [file = '', ...args] = command
    this.#child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout?.on('data', (part: Buffer) => (this.#text += part.toString()))
    this.#child.stderr?.on('data', (part: Buffer) => (this.#text += part.toString()))
    this.#ended = new Promise((resolve) => this.#child.once('close', (code) => resolve(code ?? 1)))
  }

  /** Whole lines so far; standard error is among them. */
  get lines(): readonly string[] {
    return this.#text.split('\n').slice(0, -1)
  }

  /** Waits until so many lines match. */
  sees(pattern: RegExp, count = 1): Promise<readonly string[]> {
    return until(`${count} lines match ${pattern}`, () => {
      const found = this.lines.filter((line) => pattern.test(line))
      if (found.length < count) throw new Error(`${found.length} of: ${this.lines.slice(-5).join(' | ')}`)
      return found
    })
  }

  /** Ends it as Ctrl-C does, and gives the exit code. */
  async interrupt(): Promise<number> {
    this.#child.kill('SIGINT')
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
    await this.#ended
  }
}
