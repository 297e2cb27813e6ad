import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { until } from '@oakestra/base/testing'
import { Follow } from './follow.ts'

const REPOSITORY = path.resolve(import.meta.dirname, '../..')
export const PROGRAM = path.join(REPOSITORY, 'apps/oak/dist/oak.cjs')

/** How a command ended and what it said. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface OakOptions {
  /** What the process runs; default `up`. */
  readonly command?: readonly string[]
  /** Path of a network namespace that plays the machine. */
  readonly netns?: string
  readonly env?: Readonly<Record<string, string>>
  /** Fixed ports by environment name; free ones are taken for those left out. */
  readonly ports?: Readonly<Record<string, number>>
}

/** One installation of the built program: a data directory, ports, and at most one process. Cleans up all it made. */
export class Oak implements AsyncDisposable {
  readonly dataDir: string
  readonly ports: Readonly<Record<PortName, number>>
  readonly #options: OakOptions
  #process: ChildProcess | undefined

  private constructor(dataDir: string, ports: Readonly<Record<PortName, number>>, options: OakOptions) {
    this.dataDir = dataDir
    this.ports = ports
    this.#options = options
  }

  static async create(options: OakOptions = {}): Promise<Oak> {
    const dataDir = await mkdtemp(path.join(os.tmpdir(), 'oak-e2e-'))
    const free = await freePorts(PORT_NAMES.length)
    const ports = Object.fromEntries(PORT_NAMES.map((name, index) => [name, options.ports?.[name] ?? free[index] ?? 0]))
    return new Oak(dataDir, ports as Record<PortName, number>, options)
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.ports.OAK_ROOT_API_PORT}`
  }

  get dashboardUrl(): string {
    return `http://127.0.0.1:${this.ports.OAK_ROOT_DASHBOARD_PORT}`
  }

  get pid(): number {
    if (!this.#process?.pid) throw new Error('no process runs')
    return this.#process.pid
  }

  /** Starts the process and waits until it says that it is ready. Its output goes to `process.log` in the data directory's twin. */
  async start(): Promise<void> {
    await this.launch()
    await this.ready()
  }

  /** Starts the process without waiting. */
  async launch(): Promise<void> {
    const [file, ...args] = this.#inNetns([process.execPath, PROGRAM, ...(this.#options.command ?? ['up'])])
    await using log = await open(this.logFile, 'a')
    this.#process = spawn(file ?? '', args, { env: this.env, stdio: ['ignore', log.fd, log.fd] })
  }

  async ready(): Promise<void> {
    await until(
      'the program is ready',
      async () => {
        if (this.#process?.exitCode !== null) throw new Error(`it ended: ${await this.log()}`)
        const status = await this.cli('status', '--json')
        if (status.code !== 0) throw new Error(status.stderr || status.stdout)
        return true
      },
      { timeoutMs: 30_000, intervalMs: 50 },
    )
  }

  get logFile(): string {
    return `${this.dataDir}.log`
  }

  log(): Promise<string> {
    return readFile(this.logFile, 'utf8')
  }

  /** Ends the process as the kernel would: at once, in the middle of whatever it does. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill(signal)
    await ended
  }

  /** Runs the command line against this installation. */
  cli(...args: readonly string[]): Promise<Ran> {
    return run(this.#inNetns([process.execPath, PROGRAM, ...args]), this.env)
  }

  /** The same, for what must succeed; gives what it printed. */
  async ok(...args: readonly string[]): Promise<string> {
    const ran = await this.cli(...args)
    if (ran.code !== 0) throw new Error(`oak ${args.join(' ')} ended with ${ran.code}: ${ran.stderr}${ran.stdout}`)
    return ran.stdout
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '--json')) as T
  }

  /** Runs a command that goes on until it is interrupted. */
  follow(...args: readonly string[]): Follow {
    return new Follow(this.#inNetns([process.execPath, PROGRAM, ...args]), this.env)
  }

  get env(): Record<string, string> {
    const own = { OAK_DATA_DIR: this.dataDir, OAK_API: this.apiUrl, HOME: this.dataDir, NO_COLOR: '1' }
    const ports = Object.fromEntries(Object.entries(this.ports).map(([name, port]) => [name, String(port)]))
    return { PATH: process.env['PATH'] ?? '', ...own, ...ports, ...this.#options.env }
  }

  /** Ends the process and removes every trace from the machine. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGTERM')
    const cleaned = await this.cli('clean', '--yes')
    await rm(this.dataDir, { recursive: true, force: true })
    await rm(this.logFile, { force: true })
    if (cleaned.code !== 0) throw new Error(`oak clean ended with ${cleaned.code}: ${cleaned.stderr}`)
  }

  #inNetns(command: readonly string[]): readonly string[] {
    return this.#options.netns ? ['nsenter', `--net=${this.#options.netns}`, ...command] : command
  }
}

const PORT_NAMES = [
  'OAK_ROOT_API_PORT',
  'OAK_ROOT_DASHBOARD_PORT',
  'OAK_ROOT_SESSIONS_PORT',
  'OAK_CLUSTER_API_PORT',
  'OAK_CLUSTER_SESSIONS_PORT',
] as const
type PortName = (typeof PORT_NAMES)[number]

/** Runs a command to its end, whatever that is. */
export function run(command: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ran> {
  const [file, ...args] = command
  return new Promise((resolve) => {
    execFile(file ?? '', args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
      resolve({ code, stdout, stderr })
    })
  })
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  const server = createServer()
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}
