import { type ChildProcess, spawn } from 'node:child_process'
import { until } from '@oakestra/base/testing'

/** What became of all connections of a load. */
export interface LoadReport {
  readonly connections: number
  /** Each that was not answered: when, after how long, and what the program was told. */
  readonly failures: readonly { readonly at: string; readonly ms: number; readonly error: string }[]
  /** Answered, and only after a first packet was sent again. */
  readonly slow: number
  readonly slowestMs: number
}

/** Goes on until it is asked to end: one connection after the other in each of some loops, nothing kept alive, nothing tried again. */
const LOAD = `
const [address, loops] = JSON.parse(process.argv[1])
const report = { connections: 0, failures: [], slow: 0, slowestMs: 0 }
let isOver = false
const connect = () => new Promise((resolve) => {
  const startMs = performance.now()
  let text = ''
  const end = (error) => {
    const ms = Math.round(performance.now() - startMs)
    report.connections += 1
    report.slowestMs = Math.max(report.slowestMs, ms)
    if (error !== undefined) report.failures.push({ at: new Date().toISOString(), ms, error })
    else if (ms > 900) report.slow += 1
    resolve()
  }
  const socket = require('net').connect(80, address).setEncoding('utf8').setTimeout(5000)
  socket.on('connect', () => socket.write('GET /nothing HTTP/1.0\\r\\n\\r\\n'))
  socket.on('data', (part) => (text += part)).on('timeout', () => socket.destroy(new Error('silent')))
  socket.on('error', (error) => end(error.code ?? error.message))
  socket.on('end', () => end(text.startsWith('HTTP/1.') ? undefined : 'closed without an answer'))
})
const loop = async () => {
  while (!isOver) {
    await connect()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
process.on('SIGTERM', () => (isOver = true))
process.stdin.on('end', () => process.exit(1)).resume()
connect().then(() => {
  report.connections = 0
  report.failures = []
  console.log('ready')
  return Promise.all(Array.from({ length: loops }, loop))
}).then(() => process.stdout.write(JSON.stringify(report), () => process.exit()))
`

/** New connections to an address over and over, from within a network namespace. */
export class ConnectionLoad implements AsyncDisposable {
  readonly #child: ChildProcess
  #said = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
  }

  static async start(netns: string, address: string, loops: number): Promise<ConnectionLoad> {
    const args = [`--net=${netns}`, process.execPath, '-e', LOAD, JSON.stringify([address, loops])]
    const load = new ConnectionLoad(spawn('nsenter', args, { stdio: ['pipe', 'pipe', 'inherit'] }))
    await until('the load has begun', () => load.#said.includes('ready'))
    return load
  }

  /** Ends it and says how it went. */
  async end(): Promise<LoadReport> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await ended
    return JSON.parse(this.#said.replace(/^ready\n/, '')) as LoadReport
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await ended
  }
}
