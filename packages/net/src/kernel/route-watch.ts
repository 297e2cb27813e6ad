import type { Socket } from 'node:net'
import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import { containsPrefix, FAMILIES } from '../plan/addresses.ts'
import { OVERLAY, ROUTE_PROTOCOL } from '../plan/constants.ts'
import { ADDRESS_FAMILY } from './addresses.ts'
import { socketOf } from './fd-socket.ts'
import { checked, KernelError } from './libc.ts'
import type { Machine } from './machine.ts'
import { decodeMessages, type NetlinkMessage, u32 } from './netlink-message.ts'
import { AF_NETLINK, NETLINK_ROUTE } from './netlink-socket.ts'
import { decodeRoute, RTM_DELROUTE, RTM_NEWROUTE } from './routes.ts'

const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000
/** linux/rtnetlink.h: RTMGRP_IPV4_ROUTE and RTMGRP_IPV6_ROUTE. */
const ROUTE_GROUPS = 0x40 | 0x400
// More changes at a time than the kernel keeps for a listener end the subscription: it begins anew, and everything is looked at.
const AGAIN_MS = 1_000

export interface RouteWatchDeps {
  readonly machine: Machine
  readonly clock: Clock
  readonly logger: Logger
  /** A route inside the overlay's ranges came or went that is no node's, or nobody can tell whether one did. */
  readonly onChange: () => void
}

/**
 * A subscription to the machine's changes of routes. It costs nothing while nothing changes. Routes that go with their link go without
 * a word of the kernel: who wants to know of these too looks now and then.
 */
export class RouteWatch implements Disposable {
  readonly #deps: RouteWatchDeps
  #socket: Socket | undefined
  #again: Timer | undefined
  #isClosed = false

  constructor(deps: RouteWatchDeps) {
    this.#deps = deps
  }

  /** @throws OakError `unavailable` when the kernel does not let us listen */
  async start(): Promise<void> {
    const fd = this.#subscribe()
    const socket = await socketOf(fd, 'changes of routes').catch((thrown: unknown) => {
      this.#deps.machine.libc.close(fd)
      throw thrown
    })
    if (this.#isClosed) return void socket.destroy()
    this.#socket = socket
    socket.on('data', (datagram) => this.#take(datagram))
    socket.on('error', (error) => this.#deps.logger.debug('changes of routes were lost', { err: error.message }))
    socket.once('close', () => this.#ended())
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#again?.cancel()
    this.#socket?.destroy()
  }

  #subscribe(): number {
    const { libc } = this.#deps.machine
    return this.#deps.machine.onHost(() => {
      const what = 'cannot listen to changes of routes'
      const fd = checked(libc, what, libc.socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE))
      const address = Buffer.concat([u32(AF_NETLINK), u32(0), u32(ROUTE_GROUPS)])
      if (libc.bind(fd, address, address.length) === 0) return fd
      const errno = libc.errno()
      libc.close(fd)
      throw new KernelError(what, errno)
    })
  }

  #take(datagram: Buffer): void {
    if (!this.#isClosed && decodeMessages(datagram).some(concernsOverlay)) this.#deps.onChange()
  }

  #ended(): void {
    this.#socket = undefined
    if (!this.#isClosed) this.#again = this.#deps.clock.after(AGAIN_MS, () => void this.#startAgain())
  }

  async #startAgain(): Promise<void> {
    try {
      await this.start()
      if (!this.#isClosed) this.#deps.onChange()
    } catch (thrown) {
      this.#deps.logger.debug('changes of routes are not heard', { err: toOakError(thrown).message })
      this.#ended()
    }
  }
}

/** Nodes change routes of their own with every instance: those are no news. */
function concernsOverlay(message: NetlinkMessage): boolean {
  if (message.type !== RTM_NEWROUTE && message.type !== RTM_DELROUTE) return false
  const family = FAMILIES.find((each) => ADDRESS_FAMILY[each] === message.body[0])
  if (!family) return false
  const { to, protocol } = decodeRoute(family, message)
  return protocol !== ROUTE_PROTOCOL && containsPrefix(OVERLAY[family], to)
}
