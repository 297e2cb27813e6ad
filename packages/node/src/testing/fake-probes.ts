import type { Clock } from '@oakestra/base'
import type { ProbeTransport, ProbeWayEvents } from '../overlay/probe-transport.ts'

type Answer = (bytes: Uint8Array, from: string) => Uint8Array | undefined

/** Datagrams between gateways in memory. Tests say how long they take, who is cut off, and whose agent is away. */
export class FakeProbes implements ProbeTransport {
  readonly #clock: Clock
  readonly #listeners = new Map<string, Answer>()
  /** Gateways that nothing comes to or from. */
  readonly cut = new Set<string>()
  /** Round trip between two gateways, in milliseconds. */
  rttMs: (from: string, to: string) => number = () => 1

  /** Questions that were sent. */
  sent = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async listen(address: string, answer: Answer): Promise<AsyncDisposable> {
    this.#listeners.set(address, answer)
    return { [Symbol.asyncDispose]: async () => void this.#listeners.delete(address) }
  }

  open(from: string, to: string, events: ProbeWayEvents): { send(bytes: Uint8Array): void; close(): void } {
    let isOpen = true
    const send = (bytes: Uint8Array) => {
      this.sent += 1
      if (this.cut.has(from) || this.cut.has(to)) return
      this.#clock.after(this.rttMs(from, to), () => isOpen && this.#deliver(from, to, bytes, events))
    }
    return { send, close: () => void (isOpen = false) }
  }

  #deliver(from: string, to: string, bytes: Uint8Array, { onAnswer, onRefused }: ProbeWayEvents): void {
    const listener = this.#listeners.get(to)
    if (!listener) return onRefused()
    const answer = listener(bytes, from)
    if (answer) onAnswer(answer)
  }
}
