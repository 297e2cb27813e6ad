import { OakError } from '@oakestra/base'
import { FakeMachine } from '@oakestra/runtime/testing'
import type { EndCause, Ledger } from './ledger.ts'

/** A machine that writes down every start and end, with its cause, and that can lose its power or its registry. */
export class LedgerMachine extends FakeMachine {
  readonly #node: string
  readonly #ledger: Ledger
  /** Asked to end by the agent. */
  readonly #asked = new Set<string>()
  #cause: EndCause | undefined
  /** While true, no image can be fetched. */
  isRegistryAway = false

  constructor(node: string, ledger: Ledger) {
    super()
    this.#node = node
    this.#ledger = ledger
  }

  /** Puts itself in front of what checks acts already. To be called once the agent's first check is in place. */
  watchActs(): void {
    const inner = this.beforeAct
    this.beforeAct = (act, id) => {
      inner(act, id)
      if (act === 'stop' || act === 'remove') this.#ask(id)
      if (act === 'ensureImage' && this.isRegistryAway && !this.images.has(id)) throw new OakError('unavailable', 'the registry is away')
    }
  }

  override run(...parameters: Parameters<FakeMachine['run']>): ReturnType<FakeMachine['run']> {
    const [{ id }] = parameters
    this.#asked.delete(id)
    this.#ledger.start(id, this.#node)
    return super.run(...parameters)
  }

  override exit(id: string, exitCode: number, options: Parameters<FakeMachine['exit']>[2] = {}): void {
    const wasRunning = this.workloads.get(id)?.workload.state.state === 'running'
    if (wasRunning) this.#ledger.end(id, this.#node, this.#cause ?? (this.#asked.has(id) ? 'agent' : 'itself'), exitCode)
    super.exit(id, exitCode, options)
  }

  /** A process ends by a fault. */
  fail(id: string, exitCode: number, options: { readonly outOfMemory: boolean; readonly atMs: number }): void {
    this.#because('fault', () => this.exit(id, exitCode, options))
  }

  /** Everything ends at once and nobody is told: containers stay as records without a process, images and logs stay. */
  losePower(): void {
    this.#asked.clear()
    for (const id of this.running()) {
      const known = this.workloads.get(id)
      if (!known) continue
      this.#ledger.end(id, this.#node, 'power', 137)
      this.put(known.spec, { state: 'created' })
    }
  }

  #ask(id: string): void {
    this.#asked.add(id)
    this.#ledger.ask(id, this.#node)
  }

  #because(cause: EndCause, act: () => void): void {
    this.#cause = cause
    try {
      act()
    } finally {
      this.#cause = undefined
    }
  }
}
