import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** Asks on the terminal; undefined without one, or when the person closes it. */
export function askOnTerminal(question: string, options: { readonly hidden?: boolean } = {}): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return Promise.resolve(undefined)
  process.stderr.write(question)
  // Line editing echoes through this stream: nothing comes out of it for a password.
  const echo = new Writable({ write: (chunk, _, done) => (options.hidden || process.stderr.write(chunk), done()) })
  const lines = createInterface({ input: process.stdin, output: echo, terminal: true })
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      lines.close()
      if (options.hidden) process.stderr.write('\n')
      resolve(line)
    })
    lines.once('close', () => resolve(undefined))
    lines.once('SIGINT', () => {
      lines.close()
      process.kill(process.pid, 'SIGINT')
    })
  })
}
