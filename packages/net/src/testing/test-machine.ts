import { type ChildProcessWithoutNullStreams, execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { realClock, silentLogger } from '@oakestra/base'
import { createKernelNetwork } from '../kernel/kernel-network.ts'
import { loadLibc } from '../kernel/libc.ts'
import { NamespaceSwitch } from '../kernel/netns.ts'
import type { InsightfulNetwork } from '../network.ts'
import { NETNS_DIRECTORY, namespacePath } from '../plan/names.ts'

const CONNECT_TIMEOUT_S = 2

/** Why network tests cannot run here; undefined when they can. */
export function whyNoMachine(): string | undefined {
  if (process.platform !== 'linux') return 'they need Linux'
  if (process.getuid?.() !== 0) return 'they need root'
  const tools: readonly (readonly [string, string])[] = [
    ['ip', '-V'],
    ['nft', '--version'],
    ['nsenter', '--version'],
  ]
  const missing = tools.find(([tool, option]) => spawnSync(tool, [option]).status !== 0)
  return missing && `they need the program ${missing[0]}`
}

/** A network namespace that plays a machine, and a way to speak from inside any namespace. Everything goes when it is disposed. */
export class TestMachine implements AsyncDisposable {
  readonly name: string
  readonly #switch: NamespaceSwitch
  readonly #networks: InsightfulNetwork[] = []
  readonly #tags = new Set<string>()
  readonly #others: string[] = []
  readonly #children = new Set<ChildProcessWithoutNullStreams>()
  readonly #servers = new Map<number, readonly Server[]>()
  readonly #closers: (() => void)[] = []

  private constructor(name: string, namespaceSwitch: NamespaceSwitch) {
    this.name = name
    this.#switch = namespaceSwitch
  }

  static async create(name: string): Promise<TestMachine> {
    const machine = new TestMachine(`oaktest-${process.pid}-${name}`, new NamespaceSwitch(await loadLibc()))
    execFileSync('ip', ['netns', 'add', machine.name])
    machine.ip('link', 'set', 'lo', 'up')
    return machine
  }

  get path(): string {
    return namespacePath(this.name)
  }

  /** A network of this machine; made anew, it is an agent that was restarted. */
  network(tag: string): InsightfulNetwork {
    this.#tags.add(tag)
    const network = createKernelNetwork({ tag, logger: silentLogger, clock: realClock, hostNetns: this.path })
    this.#networks.push(network)
    return network
  }

  /** Runs `ip` inside and gives what it prints. */
  ip(...args: readonly string[]): string {
    return execFileSync('ip', ['-n', this.name, ...args], { encoding: 'utf8' })
  }

  /** Writes below `/proc/sys/`; a setting that this kernel does not have is left alone. */
  sysctl(path: string, value: string): void {
    this.#switch.inside(this.path, () => existsSync(`/proc/sys/${path}`) && writeFileSync(`/proc/sys/${path}`, value))
  }

  readSysctl(path: string): string {
    return this.#switch.inside(this.path, () => readFileSync(`/proc/sys/${path}`, 'utf8').trim())
  }

  /** Everything that its nodes could leave behind, as text. */
  inventory(): string {
    const rulesets = this.run(this.path, 'nft', 'list', 'ruleset').stdout
    // Other machines under test are beside this one.
    const namespaces = readdirSync(NETNS_DIRECTORY).filter((name) => [...this.#tags].some((tag) => name.startsWith(`oak-${tag}-`)))
    const listings = [
      ['link'],
      ['-4', 'rule'],
      ['-6', 'rule'],
      ['-4', 'route', 'show', 'table', 'all'],
      ['-6', 'route', 'show', 'table', 'all'],
    ]
    // The kernel adds link-local addresses on its own, a second or two after their link.
    const routes = (text: string) =>
      text
        .split('\n')
        .filter((line) => !line.includes('fe80:'))
        .join('\n')
    return [rulesets, ...namespaces, ...listings.map((args) => routes(this.ip(...args)))].join('\n')
  }

  /** Runs a program inside; the exit code counts, nothing is thrown. */
  run(netns: string, program: string, ...args: readonly string[]) {
    return spawnSync('nsenter', [`--net=${netns}`, program, ...args], { encoding: 'utf8', timeout: 10_000 })
  }

  /** As `run`, with something for its standard input. */
  runWith(input: string, netns: string, program: string, ...args: readonly string[]) {
    return spawnSync('nsenter', [`--net=${netns}`, program, ...args], { encoding: 'utf8', timeout: 10_000, input })
  }

  /** Another namespace, linked to the machine: the world outside. Its end is `ext0`, the machine's is `uplink`. */
  addOutside(): string {
    const name = `${this.name}-out`
    execFileSync('ip', ['netns', 'add', name])
    this.#others.push(name)
    this.ip('link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', 'ext0', 'netns', name)
    const configure = (netns: string, link: string, v4: string, v6: string) => {
      execFileSync('ip', ['-n', netns, 'address', 'add', v4, 'dev', link])
      execFileSync('ip', ['-n', netns, 'address', 'add', v6, 'dev', link, 'nodad'])
      execFileSync('ip', ['-n', netns, 'link', 'set', link, 'up'])
    }
    configure(this.name, 'uplink', '192.0.2.1/24', '2001:db8::1/64')
    configure(name, 'ext0', '192.0.2.2/24', '2001:db8::2/64')
    return namespacePath(name)
  }

  /** Answers every request with `name` and the client's address as the server sees it. */
  serve(netns: string, port: number, name: string): Promise<void> {
    return this.#listen(
      netns,
      port,
      createHttpServer({ keepAlive: false }, ({ socket }, response) => response.end(`${name} ${plain(socket.remoteAddress)}`)),
    )
  }

  /** Sends back what it receives, behind `name`. */
  serveEcho(netns: string, port: number, name: string): Promise<void> {
    const server = createServer((socket) => {
      this.#closers.push(() => void socket.destroy())
      socket.on('error', () => undefined).on('data', (data) => socket.write(`${name}:${data}`))
    })
    return this.#listen(netns, port, server)
  }

  /** Ends the servers on a port, in all namespaces. */
  async stopServing(port: number): Promise<void> {
    for (const server of this.#servers.get(port) ?? []) await new Promise((resolve) => server.close(resolve))
  }

  /** Answers every datagram with `name`. */
  async serveUdp(netns: string, port: number, name: string): Promise<void> {
    const socket = this.#udp('::')
    socket.on('message', (_message, { address, port: from }) => socket.send(name, from, address))
    const listening = new Promise((resolve, reject) => socket.once('listening', resolve).once('error', reject))
    this.#switch.inside(netns, () => socket.bind(port, '::'))
    await listening
  }

  /** A program that talks over a connection from inside a namespace: what is written to it is sent, what comes back printed. */
  connect(netns: string, address: string, port: number): ChildProcessWithoutNullStreams {
    const child = spawn('nsenter', [`--net=${netns}`, 'busybox', 'nc', address, String(port)])
    this.#children.add(child)
    return child
  }

  /** What the server says; when there is none, what the client says about it. */
  ask(netns: string, address: string, port: number, localAddress?: string): Promise<string> {
    const from = localAddress === undefined ? [] : ['--interface', localAddress]
    const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}/`
    const args = [`--net=${netns}`, 'curl', '-sS', '-g', '--max-time', String(CONNECT_TIMEOUT_S), ...from, url]
    return new Promise((resolve) => execFile('nsenter', args, (_error, stdout, stderr) => resolve(stdout || stderr.trim())))
  }

  /** What comes back for one datagram. */
  askUdp(netns: string, address: string, port: number): Promise<string> {
    const socket = this.#udp(address)
    const any = address.includes(':') ? '::' : '0.0.0.0'
    return new Promise((resolve) => {
      const timer = realClock.after(CONNECT_TIMEOUT_S * 1000, () => resolve('silent'))
      const finish = (text: string) => {
        timer.cancel()
        resolve(text)
      }
      socket.once('message', (message) => finish(message.toString())).once('error', (error) => finish(error.message))
      socket.once('listening', () => socket.send('?', port, address))
      this.#switch.inside(netns, () => socket.bind(0, any))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    for (const close of this.#closers) close()
    for (const network of this.#networks) await network.clear().catch(() => undefined)
    for (const network of this.#networks) await network[Symbol.asyncDispose]()
    for (const name of [...this.#others, this.name]) spawnSync('ip', ['netns', 'del', name])
    this.#switch.close()
  }

  /** Without an address, listening is synchronous: by the next turn the thread has left the namespace. */
  async #listen(netns: string, port: number, server: Server): Promise<void> {
    this.#closers.push(() => void server.close())
    this.#servers.set(port, [...(this.#servers.get(port) ?? []), server])
    const listening = new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
    this.#switch.inside(netns, () => server.listen(port))
    await listening
  }

  /** Binding must not wait for a name lookup: by then the thread has left the namespace. */
  #udp(address: string): UdpSocket {
    const family = address.includes(':') ? 6 : 4
    const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', lookup: (host, _options, done) => done(null, host, family) })
    this.#closers.push(() => void socket.close())
    socket.on('error', () => undefined)
    return socket
  }
}

/** `10.0.0.1` for `::ffff:10.0.0.1`. */
function plain(address: string | undefined): string {
  return address?.replace(/^::ffff:/, '') ?? ''
}
