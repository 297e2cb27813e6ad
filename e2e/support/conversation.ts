import { type ChildProcess, spawn } from 'node:child_process'
import { until } from '@oakestra/base/testing'

/** A TCP connection held open by a process in the network of another, as a container's own would be. */
export class Conversation implements AsyncDisposable {
  readonly #child: ChildProcess
  #heard = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#heard += text
    })
  }

  static open(pid: number, address: string, port: number): Conversation {
    const command = [`--net=/proc/${pid}/ns/net`, 'busybox', 'nc', address, String(port)]
    return new Conversation(spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'ignore'] }))
  }

  /** Says a line to who says everything back, and waits until it has. */
  async echoes(line: string): Promise<void> {
    this.#child.stdin?.write(`${line}\n`)
    await until(`${line} comes back`, () => {
      if (this.#child.exitCode !== null) throw new Error('the connection has ended')
      return this.#heard.split('\n').includes(line)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await ended
  }
}
