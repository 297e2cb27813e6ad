import { OakError } from '@oakestra/base'
import { checked, KernelError, type Libc } from './libc.ts'
import { decodeAttributes, decodeMessages, encodeMessage, type NetlinkMessage, readText, u32 } from './netlink-message.ts'

const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 3 | 0o2000000
const SOL_NETLINK = 270
const SOL_SOCKET = 1
const SO_RCVTIMEO = 20
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const NETLINK_GET_STRICT_CHK = 12
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const NLM_F_REQUEST = 1
const NLM_F_ACK = 4
const NLM_F_DUMP = 0x300
const NLM_F_DUMP_INTR = 0x10
const NLM_F_ACK_TLVS = 0x200
const ERROR_MESSAGE_ATTRIBUTE = 1
/** Of an error message: errno and, since only the header is echoed, the 16 bytes of the request's header. */
const ERROR_BODY_BYTES = 20
/** The kernel fills at most 32 KiB per datagram of a dump (linux/netlink.h NLMSG_GOODSIZE and af_netlink.c). */
const RECEIVE_BYTES = 65536
/** The kernel answers before `send` returns; this only keeps a bug from stopping the process for ever. */
const RECEIVE_TIMEOUT_SECONDS = 5
/** A dump that is overtaken by changes is asked for again this often. */
const DUMP_TRIES = 5

/** netlink families of the kernel. */
export const NETLINK_ROUTE = 0
export const NETLINK_NETFILTER = 12

/** A synchronous conversation with the kernel, for good in the network namespace where it was opened. */
export class NetlinkSocket implements Disposable {
  readonly #libc: Libc
  readonly #fd: number
  readonly #buffer = Buffer.alloc(RECEIVE_BYTES)
  #sequence = 0

  constructor(libc: Libc, family: number) {
    this.#libc = libc
    this.#fd = checked(libc, 'cannot open a netlink socket', libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, family))
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK]) {
      // Each only improves answers; an older kernel without one still works.
      libc.setsockopt(this.#fd, SOL_NETLINK, option, u32(1), 4)
    }
    const timeout = Buffer.alloc(16)
    timeout.writeBigUInt64LE(BigInt(RECEIVE_TIMEOUT_SECONDS), 0)
    libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length)
  }

  /** Sends one order and waits for its acknowledgement. @throws KernelError beginning with `what` */
  request(what: string, type: number, flags: number, body: Uint8Array): void {
    const sequence = this.#send(what, type, flags | NLM_F_ACK, body)
    for (;;) {
      for (const message of this.#receive(what)) {
        if (message.sequence !== sequence || message.type !== NLMSG_ERROR) continue
        throwUnlessAccepted(what, message)
        return
      }
    }
  }

  /** Asks for a list. @throws KernelError beginning with `what`; OakError when the list changed under every try */
  dump(what: string, type: number, body: Uint8Array): readonly NetlinkMessage[] {
    for (let tries = 0; tries < DUMP_TRIES; tries++) {
      const answer = this.#dumpOnce(what, type, body)
      if (answer) return answer
    }
    throw new OakError('unavailable', `${what}: it changed ${DUMP_TRIES} times while it was listed`)
  }

  /** Asks for one object. @throws KernelError beginning with `what`, for example ENODEV */
  get(what: string, type: number, body: Uint8Array): NetlinkMessage {
    const sequence = this.#send(what, type, 0, body)
    for (;;) {
      for (const message of this.#receive(what)) {
        if (message.sequence !== sequence) continue
        if (message.type === NLMSG_ERROR) throwUnlessAccepted(what, message)
        return message
      }
    }
  }

  [Symbol.dispose](): void {
    this.#libc.close(this.#fd)
  }

  #dumpOnce(what: string, type: number, body: Uint8Array): readonly NetlinkMessage[] | undefined {
    const sequence = this.#send(what, type, NLM_F_DUMP, body)
    const answer: NetlinkMessage[] = []
    let isInterrupted = false
    for (;;) {
      for (const message of this.#receive(what)) {
        if (message.sequence !== sequence) continue
        isInterrupted ||= (message.flags & NLM_F_DUMP_INTR) !== 0
        if (message.type === NLMSG_ERROR) throwUnlessAccepted(what, message)
        if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) return isInterrupted ? undefined : answer
        answer.push(message)
      }
    }
  }

  #send(what: string, type: number, flags: number, body: Uint8Array): number {
    this.#sequence = (this.#sequence + 1) >>> 0
    const message = encodeMessage(type, flags | NLM_F_REQUEST, this.#sequence, body)
    checked(this.#libc, what, this.#libc.send(this.#fd, message, message.length, 0))
    return this.#sequence
  }

  #receive(what: string): readonly NetlinkMessage[] {
    const length = checked(this.#libc, what, this.#libc.recv(this.#fd, this.#buffer, this.#buffer.length, 0))
    return decodeMessages(Buffer.from(this.#buffer.subarray(0, length)))
  }
}

function throwUnlessAccepted(what: string, { flags, body }: NetlinkMessage): void {
  const errno = -body.readInt32LE(0)
  if (errno === 0) return
  const reason = flags & NLM_F_ACK_TLVS ? readText(decodeAttributes(body, ERROR_BODY_BYTES).get(ERROR_MESSAGE_ATTRIBUTE)) : ''
  throw new KernelError(what, errno, reason)
}
