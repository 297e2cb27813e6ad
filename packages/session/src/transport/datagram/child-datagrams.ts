import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Clock, Timer } from '@oakestra/base'
import { type LinkSecret, linkIdOf } from './datagram.ts'
import { type DatagramAddress, DatagramLink } from './datagram-link.ts'

// NATs forget a flow of datagrams after 30 s and more (RFC 4787 4.3 asks for two minutes; few keep to it).
const BEAT_MS = 20_000
// At the start, and whenever a beat was not answered: a few more, in case it was lost.
const AGAIN_MS = 1_000
const AGAIN_MAX = 4

/**
 * The child's end of the datagrams beside its connection: says from time to time where it is, so that its parent can ask it, and answers.
 * A parent that never answers costs a few datagrams in twenty seconds.
 */
export class ChildDatagrams {
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #link: DatagramLink
  #timer: Timer | undefined
  #unanswered = 0
  #signsAtBeat = 0

  constructor({ secret, parent, clock }: { secret: LinkSecret; parent: DatagramAddress; clock: Clock }) {
    this.#clock = clock
    const socket = createSocket({ type: isIPv6(parent.address) ? 'udp6' : 'udp4' })
    this.#socket = socket
    const send = (bytes: Buffer, to: DatagramAddress) => socket.send(bytes, to.port, to.address, () => undefined)
    this.#link = new DatagramLink({ secret, end: 'child', clock, send }, parent)
    // Errors are those of the network: what they mean is that nothing is heard.
    socket.on('error', () => undefined)
    socket.on('message', (bytes, from) => {
      if (linkIdOf(bytes) === secret.linkId) this.#link.take(bytes, from)
    })
    socket.unref()
    this.#beat()
  }

  get signsHeard(): number {
    return this.#link.signsHeard
  }

  get answersHeard(): number {
    return this.#link.answersHeard
  }

  ask(): void {
    this.#link.ask()
  }

  close(): void {
    this.#timer?.cancel()
    this.#link.close()
    this.#socket.close()
  }

  #beat(): void {
    this.#signsAtBeat = this.#link.signsHeard
    this.#link.askOnce()
    this.#timer = this.#clock.after(AGAIN_MS, () => this.#look())
  }

  #look(): void {
    const isAnswered = this.#link.signsHeard > this.#signsAtBeat
    this.#unanswered = isAnswered ? 0 : this.#unanswered + 1
    if (this.#unanswered > 0 && this.#unanswered <= AGAIN_MAX) return this.#beat()
    this.#unanswered = 0
    this.#timer = this.#clock.after(BEAT_MS - AGAIN_MS, () => this.#beat())
  }
}
