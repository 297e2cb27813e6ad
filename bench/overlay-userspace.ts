import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { socketOf } from '../packages/net/src/kernel/fd-socket.ts'
import { loadLibc } from '../packages/net/src/kernel/libc.ts'
import { openTun } from '../packages/net/src/slow-path/tun-device.ts'

const LINK = 'bench-tun'
const PORT = 50_999
const ENDS = ['10.99.0.1', '10.99.0.2'] as const
const PEERS = ['192.0.2.1', '192.0.2.2'] as const

/**
 * The least that a proxy in user space has to do, as a stand-in for one: packets from a TUN link are sent as datagrams to the
 * other machine and back, one process at each end, without looking at them.
 */
export class UserspaceForwarder implements Disposable {
  /** The far machine, through the forwarder. Also what listens there in all of the machine is reached. */
  readonly farAddress = ENDS[1]
  readonly #children: readonly ChildProcess[]

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children
  }

  static async start(near: string, far: string): Promise<UserspaceForwarder> {
    const children = [near, far].map((netns, at) =>
      spawn('nsenter', [`--net=${netns}`, process.execPath, '--import', 'tsx', import.meta.filename, String(at)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    )
    await Promise.all(children.map((child) => new Promise((resolve) => child.stdout?.once('data', resolve))))
    return new UserspaceForwarder(children)
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}

async function forward(at: number): Promise<void> {
  const fd = openTun(await loadLibc(), LINK)
  const tun = await socketOf(fd, 'packets')
  execFileSync('ip', ['address', 'add', ENDS[at] ?? '', 'peer', ENDS[1 - at] ?? '', 'dev', LINK])
  execFileSync('ip', ['link', 'set', LINK, 'mtu', '1450', 'up'])
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20, sendBufferSize: 1 << 20 })
  socket.on('message', (packet) => writeSync(fd, packet))
  socket.bind(PORT, () => {
    tun.on('data', (packet: Buffer) => socket.send(packet, PORT, PEERS[1 - at]))
    process.stdout.write('ready\n')
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await forward(Number(process.argv[2]))
