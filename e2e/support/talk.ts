import { type ChildProcess, spawn } from 'node:child_process'
import { until } from '@oakestra/base/testing'
import { run } from './oak.ts'

const PORT = 9_000
const PATIENCE_MS = 3_000

/** Where everything that is said comes back. */
export const ECHO_PORT = 9_001

/** Says over TCP and UDP, on both families, who it is and who asks. */
const SERVER = `
const [name] = process.argv.slice(1)
const said = (address) => name + ' hears ' + address.replace(/^::ffff:/, '')
require('net').createServer((socket) => socket.on('error', () => undefined).end(said(socket.remoteAddress))).listen(${PORT}, '::')
require('net').createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(${ECHO_PORT}, '::')
const udp = require('dgram').createSocket('udp6')
udp.on('message', (_, from) => udp.send(said(from.address), from.port, from.address)).bind(${PORT}, '::', () => console.log('ready'))
`

/** Asks everybody at once and prints the answers in the order of the questions. */
const CLIENT = `
const tcp = (address) => new Promise((resolve) => {
  let text = ''
  const socket = require('net').connect(${PORT}, address).setEncoding('utf8')
  socket.on('data', (part) => (text += part)).on('error', (error) => resolve(error.code)).on('close', () => resolve(text))
  setTimeout(() => resolve('silent'), ${PATIENCE_MS}).unref()
})
const udp = (address) => new Promise((resolve) => {
  const socket = require('dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const end = (text) => { socket.close(); resolve(text) }
  const timer = setTimeout(() => end('silent'), ${PATIENCE_MS})
  socket.on('error', () => undefined).on('message', (text) => { clearTimeout(timer); end(String(text)) })
  socket.send('?', ${PORT}, address)
})
const ways = { tcp, udp }
Promise.all(JSON.parse(process.argv[1]).map(([way, address]) => ways[way](address))).then((said) => {
  process.stdout.write(JSON.stringify(said), () => process.exit())
})
`

/** Over which protocol, and to which address. */
export type Question = readonly ['tcp' | 'udp', string]

/** Asks from within a network namespace; each answer says who gave it, and as whom the asker was seen. */
export async function ask(netns: string, questions: readonly Question[]): Promise<readonly string[]> {
  const ran = await run(['nsenter', `--net=${netns}`, process.execPath, '-e', CLIENT, JSON.stringify(questions)])
  if (ran.code !== 0) throw new Error(`could not ask from ${netns}: ${ran.stderr}`)
  return JSON.parse(ran.stdout) as readonly string[]
}

/** The addresses that do not answer an echo request, of these. */
export async function unreachable(netns: string, addresses: readonly string[]): Promise<readonly string[]> {
  const answered = await Promise.all(
    addresses.map((address) => run(['nsenter', `--net=${netns}`, 'ping', '-c', '1', '-W', String(PATIENCE_MS / 1_000), address])),
  )
  return addresses.filter((_, at) => answered[at]?.code !== 0)
}

/** First packets of connections that were sent again from within a namespace, up to now. */
export async function repeatedFirstPackets(netns: string): Promise<number> {
  const { stdout } = await run(['nsenter', `--net=${netns}`, 'grep', '^TcpExt', '/proc/net/netstat'])
  const [names, values] = stdout.split('\n').map((line) => line.split(' '))
  return Number(values?.[names?.indexOf('TCPSynRetrans') ?? -1])
}

/** A server in the network namespace of an instance, where its program would be. */
export class TalkServer implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(netns: string, name: string): Promise<TalkServer> {
    const child = spawn('nsenter', [`--net=${netns}`, process.execPath, '-e', SERVER, name], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text))
    await until(`${name} listens`, () => said.includes('ready'))
    return new TalkServer(child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await ended
  }
}
