import { execFileSync, spawnSync } from 'node:child_process'
import type { TestMachine } from './test-machine.ts'

/**
 * A network that joins test machines: a bridge in a namespace of its own. The machine at position `at` (from 0) is at
 * 192.0.2.`at + 1` and 2001:db8::`at + 1`, on its link `uplink`.
 */
export class TestLan implements Disposable {
  readonly #name: string
  readonly #machines: readonly TestMachine[]

  constructor(name: string, machines: readonly TestMachine[]) {
    this.#name = `oaktest-${process.pid}-${name}`
    this.#machines = machines
    execFileSync('ip', ['netns', 'add', this.#name])
    this.ip('link', 'add', 'lan0', 'type', 'bridge')
    this.ip('link', 'set', 'lan0', 'up')
    for (const [at, machine] of machines.entries()) this.#join(machine, at)
  }

  /** Address of the machine at this position. */
  static address(family: 'v4' | 'v6', at: number): string {
    return family === 'v4' ? `192.0.2.${at + 1}` : `2001:db8::${at + 1}`
  }

  /** Largest packet of the links between the machines. */
  setMtu(mtu: number): void {
    for (const [at, machine] of this.#machines.entries()) {
      this.ip('link', 'set', `port${at}`, 'mtu', String(mtu))
      machine.ip('link', 'set', 'uplink', 'mtu', String(mtu))
    }
  }

  /** Runs `ip` in the namespace of the bridge. */
  ip(...args: readonly string[]): void {
    execFileSync('ip', ['-n', this.#name, ...args])
  }

  [Symbol.dispose](): void {
    spawnSync('ip', ['netns', 'del', this.#name])
  }

  #join(machine: TestMachine, at: number): void {
    machine.ip('link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', `port${at}`, 'netns', this.#name)
    this.ip('link', 'set', `port${at}`, 'master', 'lan0', 'up')
    machine.ip('address', 'add', `${TestLan.address('v4', at)}/24`, 'dev', 'uplink')
    machine.ip('address', 'add', `${TestLan.address('v6', at)}/64`, 'dev', 'uplink', 'nodad')
    machine.ip('link', 'set', 'uplink', 'up')
  }
}
