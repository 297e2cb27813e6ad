import type { Clock, Timer } from '@oakestra/base'
import { type Datagram, type LinkEnd, type LinkSecret, openDatagram, sealDatagram } from './datagram.ts'

/** Where datagrams of the far end come from. */
export interface DatagramAddress {
  readonly address: string
  readonly port: number
}

export interface DatagramLinkParts {
  readonly secret: LinkSecret
  readonly end: LinkEnd
  readonly clock: Clock
  send(bytes: Buffer, to: DatagramAddress): void
}

// An honest far end sends some ten in a second at worst; each more costs the computation of a proof.
const CHECKS_PER_SECOND_MAX = 50
// Two questions to a tick of the pulse: at a loss of 20 % each way, one of ten in a lease comes back all but surely.
const SECOND_ASK_MS = 125

/**
 * One end of the datagrams beside a connection: asks, answers, and counts what it heard. Datagrams may be lost, doubled and reordered;
 * one that is not newer than the newest says nothing.
 */
export class DatagramLink {
  readonly #parts: DatagramLinkParts
  #far: DatagramAddress | undefined
  #sent = 0
  #newest = 0
  #signs = 0
  #answers = 0
  #second: Timer | undefined
  #checks = 0
  #checksSinceMs = Number.NEGATIVE_INFINITY

  /** @param far where the far end is; without it, where it was last seen */
  constructor(parts: DatagramLinkParts, far?: DatagramAddress) {
    this.#parts = parts
    this.#far = far
  }

  /** Proven datagrams so far. */
  get signsHeard(): number {
    return this.#signs
  }

  get answersHeard(): number {
    return this.#answers
  }

  /** Asks twice, if it is known where. */
  ask(): void {
    if (this.#second) return
    this.askOnce()
    this.#second = this.#parts.clock.after(SECOND_ASK_MS, () => {
      this.#second = undefined
      this.askOnce()
    })
  }

  askOnce(): void {
    this.#send('ask')
  }

  /** Takes in a datagram that names this link. */
  take(bytes: Buffer, from: DatagramAddress): void {
    if (this.#isFlooded()) return
    const { secret, end } = this.#parts
    const datagram = openDatagram(secret, end === 'parent' ? 'child' : 'parent', bytes)
    if (!datagram || datagram.counter <= this.#newest) return
    this.#newest = datagram.counter
    this.#signs += 1
    // A child may move, or its NAT may give it another port; its parent stays where the child connected to.
    if (end === 'parent') this.#far = from
    if (datagram.kind === 'ask') this.#send('answer')
    else this.#answers += 1
  }

  close(): void {
    this.#second?.cancel()
    this.#far = undefined
  }

  #send(kind: Datagram['kind']): void {
    if (!this.#far) return
    this.#sent += 1
    this.#parts.send(sealDatagram(this.#parts.secret, this.#parts.end, { kind, counter: this.#sent }), this.#far)
  }

  #isFlooded(): boolean {
    const nowMs = this.#parts.clock.monotonicMs()
    if (nowMs - this.#checksSinceMs >= 1000) {
      this.#checksSinceMs = nowMs
      this.#checks = 0
    }
    this.#checks += 1
    return this.#checks > CHECKS_PER_SECOND_MAX
  }
}
