import { OakError } from '@oakestra/base'
import { checked, KernelError, type Libc } from './libc.ts'
import { decodeAttributes, decodeMessages, encodeMessage, type NetlinkMessage, readText, u32 } from './netlink-message.ts'

export const AF_NETLINK = 16
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
    const message = this.#encode(type, flags | NLM_F_ACK, body)
    checked(this.#libc, what, this.#libc.send(this.#fd, message, message.length, 0))
    this.#awaitAcknowledgement(what)
  }

  /** As `request`, without stopping this thread while the kernel works. One call at a time. */
  async requestLater(what: string, type: number, flags: number, body: Uint8Array): Promise<void> {
    const message = this.#encode(type, flags | NLM_F_ACK, body)
    checked(this.#libc, what, await this.#libc.sendLater(this.#fd, message, message.length, 0))
    this.#awaitAcknowledgement(what)
  }

  /** Asks for a list. @throws KernelError beginning with `what`; OakError when the list changed under every try */
  dump(what: string, type: number, body: Uint8Array): readonly NetlinkMessage[] {
    for (let tries = 0; tries < DUMP_TRIES; tries++) {
      const message = this.#encode(type, NLM_F_DUMP, body)
      checked(this.#libc, what, this.#libc.send(this.#fd, message, message.length, 0))
      const answer = new DumpAnswer(what, this.#sequence)
      while (!answer.isComplete) answer.take(this.#receive(what))
      if (!answer.isInterrupted) return answer.messages
    }
    throw changing(what)
  }

  /** As `dump`, without stopping this thread while the kernel works. One call at a time. */
  async dumpLater(what: string, type: number, body: Uint8Array): Promise<readonly NetlinkMessage[]> {
    for (let tries = 0; tries < DUMP_TRIES; tries++) {
      const message = this.#encode(type, NLM_F_DUMP, body)
      checked(this.#libc, what, await this.#libc.sendLater(this.#fd, message, message.length, 0))
      const answer = new DumpAnswer(what, this.#sequence)
      while (!answer.isComplete) answer.take(await this.#receiveLater(what))
      if (!answer.isInterrupted) return answer.messages
    }
    throw changing(what)
  }

  /** As `dumpLater`, in pieces as they come, for lists too long to hold. What changes meanwhile may be missing or there twice. */
  async *dumpPieces(what: string, type: number, body: Uint8Array): AsyncGenerator<readonly NetlinkMessage[]> {
    const message = this.#encode(type, NLM_F_DUMP, body)
    checked(this.#libc, what, await this.#libc.sendLater(this.#fd, message, message.length, 0))
    for (let isComplete = false; !isComplete; ) {
      const answer = new DumpAnswer(what, this.#sequence)
      answer.take(await this.#receiveLater(what))
      isComplete = answer.isComplete
      yield answer.messages
    }
  }

  /** Asks for one object. @throws KernelError beginning with `what`, for example ENODEV */
  get(what: string, type: number, body: Uint8Array): NetlinkMessage {
    const request = this.#encode(type, 0, body)
    checked(this.#libc, what, this.#libc.send(this.#fd, request, request.length, 0))
    for (;;) {
      for (const message of this.#receive(what)) {
        if (message.sequence !== this.#sequence) continue
        if (message.type === NLMSG_ERROR) throwUnlessAccepted(what, message)
        return message
      }
    }
  }

  [Symbol.dispose](): void {
    this.#libc.close(this.#fd)
  }

  #encode(type: number, flags: number, body: Uint8Array): Buffer {
    this.#sequence = (this.#sequence + 1) >>> 0
    return encodeMessage(type, flags | NLM_F_REQUEST, this.#sequence, body)
  }

  #awaitAcknowledgement(what: string): void {
    for (;;) {
      for (const message of this.#receive(what)) {
        if (message.sequence !== this.#sequence || message.type !== NLMSG_ERROR) continue
        return throwUnlessAccepted(what, message)
      }
    }
  }

  #receive(what: string): readonly NetlinkMessage[] {
    return this.#decode(what, this.#libc.recv(this.#fd, this.#buffer, this.#buffer.length, 0))
  }

  async #receiveLater(what: string): Promise<readonly NetlinkMessage[]> {
    return this.#decode(what, await this.#libc.recvLater(this.#fd, this.#buffer, this.#buffer.length, 0))
  }

  #decode(what: string, received: number): readonly NetlinkMessage[] {
    const length = checked(this.#libc, what, received)
    return decodeMessages(Buffer.from(this.#buffer.subarray(0, length)))
  }
}

/** Gathers the messages of one list until the kernel says that it was all. */
class DumpAnswer {
  readonly messages: NetlinkMessage[] = []
  isComplete = false
  /** The list changed while it was made: some of it may be missing. */
  isInterrupted = false
  readonly #what: string
  readonly #sequence: number

  constructor(what: string, sequence: number) {
    this.#what = what
    this.#sequence = sequence
  }

  take(messages: readonly NetlinkMessage[]): void {
    for (const message of messages) {
      if (message.sequence !== this.#sequence) continue
      this.isInterrupted ||= (message.flags & NLM_F_DUMP_INTR) !== 0
      if (message.type === NLMSG_ERROR) throwUnlessAccepted(this.#what, message)
      if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) this.isComplete = true
      else this.messages.push(message)
    }
  }
}

function changing(what: string): OakError {
  return new OakError('unavailable', `${what}: it changed ${DUMP_TRIES} times while it was listed`)
}

function throwUnlessAccepted(what: string, { flags, body }: NetlinkMessage): void {
  const errno = -body.readInt32LE(0)
  if (errno === 0) return
  const reason = flags & NLM_F_ACK_TLVS ? readText(decodeAttributes(body, ERROR_BODY_BYTES).get(ERROR_MESSAGE_ATTRIBUTE)) : ''
  throw new KernelError(what, errno, reason)
}
