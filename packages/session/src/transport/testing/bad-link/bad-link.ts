import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, existsSync, readSync, writeSync } from 'node:fs'
import { type Clock, type Random, realClock, realRandom, type Timer } from '@oakestra/base'
import { openTun } from './tun.ts'

/** How a link treats packets. */
export interface LinkQuality {
  /** Of each packet to be lost, in [0, 1]. */
  readonly loss: number
  readonly delayMs: number
}

export const PARENT_ADDRESS = '10.99.0.1'
const CHILD_ADDRESS = '10.99.0.2'
const POLL_MS = 2
const PACKET_BYTES_MAX = 2048

/** Why there can be no bad link here; undefined when there can. */
export function whyNoBadLink(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it needs root on Linux'
  if (!existsSync('/dev/net/tun')) return 'it needs /dev/net/tun'
  const missing = ['ip', 'nsenter'].find((program) => spawnSync(program, ['--version']).error)
  return missing && `it needs the program ${missing}`
}

/**
 * Two network namespaces and a wire between them that loses and delays packets, both ways, as the kernel's netem would; here a
 * program does it, for not every kernel has netem (`reference/lab.md` 5).
 */
export class BadLink implements Disposable {
  readonly parentNamespace: string
  readonly childNamespace: string
  quality: LinkQuality = { loss: 0, delayMs: 0 }
  readonly #clock: Clock
  readonly #random: Random
  readonly #ends: number[] = []
  readonly #buffer = Buffer.alloc(PACKET_BYTES_MAX)
  #timer: Timer | undefined

  private constructor(name: string) {
    this.parentNamespace = `${name}-p`
    this.childNamespace = `${name}-c`
    this.#clock = realClock
    this.#random = realRandom
  }

  static create(): BadLink {
    const link = new BadLink(`oaktest-${process.pid}`)
    try {
      link.#addEnd(link.parentNamespace, PARENT_ADDRESS)
      link.#addEnd(link.childNamespace, CHILD_ADDRESS)
      link.#poll()
      return link
    } catch (thrown) {
      link[Symbol.dispose]()
      throw thrown
    }
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
    for (const fd of this.#ends.splice(0)) closeSync(fd)
    for (const namespace of [this.parentNamespace, this.childNamespace]) spawnSync('ip', ['netns', 'del', namespace])
  }

  #addEnd(namespace: string, address: string): void {
    execFileSync('ip', ['netns', 'add', namespace])
    this.#ends.push(openTun(namespace, 'wire'))
    const ip = (...args: readonly string[]) => execFileSync('ip', ['-n', namespace, ...args])
    ip('address', 'add', `${address}/24`, 'dev', 'wire')
    ip('link', 'set', 'wire', 'mtu', '1400', 'up')
  }

  #poll(): void {
    this.#timer = this.#clock.after(POLL_MS, () => this.#poll())
    const [parent, child] = this.#ends
    if (parent === undefined || child === undefined) return
    this.#forward(parent, child)
    this.#forward(child, parent)
  }

  #forward(from: number, to: number): void {
    for (let packet = this.#read(from); packet; packet = this.#read(from)) {
      const { loss, delayMs } = this.quality
      if (this.#random.next() < loss) continue
      const late = packet
      this.#clock.after(delayMs, () => this.#ends.includes(to) && writeSync(to, late))
    }
  }

  #read(fd: number): Buffer | undefined {
    try {
      return Buffer.from(this.#buffer.subarray(0, readSync(fd, this.#buffer)))
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN') return undefined
      throw thrown
    }
  }
}
