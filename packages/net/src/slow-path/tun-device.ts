import { writeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { type Logger, OakError, toOakError } from '@oakestra/base'
import { addAddress } from '../kernel/addresses.ts'
import { socketOf } from '../kernel/fd-socket.ts'
import { checked, type Libc } from '../kernel/libc.ts'
import { changeLink, findLink } from '../kernel/links.ts'
import { Machine } from '../kernel/machine.ts'
import { addRoute } from '../kernel/routes.ts'
import { writeSysctl } from '../kernel/sysctl.ts'
import { FAMILIES, familyOf } from '../plan/addresses.ts'
import { MTU } from '../plan/constants.ts'
import { SEMANTIC_RANGE } from '../plan/family-words.ts'
import { deniedSet, slowName, slowTable, tableName } from '../plan/names.ts'
import type { SlowPathDevice } from './slow-path.ts'

/** linux/if_tun.h; without O_CLOEXEC every child would keep the link busy. */
const O_RDWR_NONBLOCK_CLOEXEC = 0o2 | 0o4000 | 0o2000000
const TUNSETIFF = 0x400454ca
const IFF_TUN_WITHOUT_HEADER = 0x1001
const IFREQ_BYTES = 40
const IFREQ_FLAGS = 16
/**
 * RFC 7600. Linux accepts nothing from a link that has no address of its own, however loosely it looks at sources.
 */
const DUMMY_ADDRESS = '192.0.0.8/32'

/** The link of a slow path: what is routed to it is received, what is written to it enters the kernel (`reference/lab.md` 6). */
export async function openTunDevice(tag: string, logger: Logger, hostNetns: string | undefined): Promise<SlowPathDevice> {
  const machine = await Machine.open(hostNetns)
  try {
    const fd = machine.onHost(() => openTun(machine.libc, slowName(tag)))
    try {
      setUp(machine, tag)
      return new TunDevice(machine, tag, logger, fd, await socketOf(fd, 'packets from the link of the slow path'))
    } catch (thrown) {
      machine.libc.close(fd)
      throw thrown
    }
  } catch (thrown) {
    machine[Symbol.dispose]()
    throw thrown
  }
}

export function openTun(libc: Libc, name: string): number {
  const fd = checked(libc, 'cannot open /dev/net/tun', libc.open('/dev/net/tun', O_RDWR_NONBLOCK_CLOEXEC))
  const request = Buffer.alloc(IFREQ_BYTES)
  request.write(name, 'latin1')
  request.writeUInt16LE(IFF_TUN_WITHOUT_HEADER, IFREQ_FLAGS)
  try {
    checked(libc, `cannot make the link ${name}`, libc.ioctl(fd, TUNSETIFF, request))
  } catch (thrown) {
    libc.close(fd)
    throw thrown
  }
  return fd
}

function setUp(machine: Machine, tag: string): void {
  const name = slowName(tag)
  const index = findLink(machine.route, name)?.index
  if (index === undefined) throw new OakError('unavailable', `the link ${name} is gone`)
  machine.onHost(() => {
    for (const [path, value] of SETTINGS) writeSysctl({ path: path.replace('LINK', name), value, mode: 'set' })
  })
  addAddress(machine.route, index, DUMMY_ADDRESS, { withRoute: false })
  changeLink(machine.route, index, { isUp: true, mtu: MTU })
  for (const family of FAMILIES) addRoute(machine.route, index, { to: SEMANTIC_RANGE[family], dev: name, table: slowTable(tag) })
}

/** What enters again comes in by another link than its source lives behind, and may be from the machine itself. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['net/ipv4/conf/LINK/rp_filter', '2'],
  ['net/ipv4/conf/LINK/accept_local', '1'],
  ['net/ipv4/conf/LINK/forwarding', '1'],
  ['net/ipv4/conf/LINK/send_redirects', '0'],
  ['net/ipv6/conf/LINK/forwarding', '1'],
  ['net/ipv6/conf/LINK/accept_ra', '0'],
]

class TunDevice implements SlowPathDevice {
  readonly #machine: Machine
  readonly #tag: string
  readonly #logger: Logger
  readonly #fd: number
  readonly #socket: Socket
  #isClosed = false

  constructor(machine: Machine, tag: string, logger: Logger, fd: number, socket: Socket) {
    this.#machine = machine
    this.#tag = tag
    this.#logger = logger
    this.#fd = fd
    this.#socket = socket
    socket.on('error', (error) => logger.warn('the link of the slow path failed', { error: error.message }))
  }

  start(receive: (packet: Uint8Array) => void): void {
    this.#socket.on('data', receive)
  }

  reinject(packet: Uint8Array): void {
    this.#attempt('put a packet back', () => writeSync(this.#fd, packet))
  }

  deny(address: string): void {
    const set = deniedSet(familyOf(address))
    this.#attempt('refuse an address', () => this.#machine.nft.run(`add element inet ${tableName(this.#tag)} ${set} { ${address} }`))
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await new Promise((resolve) => this.#socket.once('close', resolve).destroy())
    this.#machine[Symbol.dispose]()
  }

  /** A packet that the kernel does not want, or a table that is being made anew, is no reason to stop. */
  #attempt(what: string, action: () => void): void {
    if (this.#isClosed) return
    try {
      action()
    } catch (thrown) {
      this.#logger.debug(`could not ${what}`, { error: toOakError(thrown).message })
    }
  }
}
