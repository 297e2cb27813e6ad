import type { Clock } from '@oakestra/base'

/** Who ended a process: its agent on purpose, itself, a fault, or its machine without power. */
export type EndCause = 'agent' | 'itself' | 'fault' | 'power'

/** One process of one instance, from its start to its end. */
export interface Life {
  readonly instanceId: string
  readonly node: string
  readonly startMs: number
  isAsked?: true
  end?: { readonly atMs: number; readonly cause: EndCause; readonly exitCode: number }
}

export interface LedgerListener {
  /** Its agent asks it to end, for the first time. */
  asked(life: Life): void
  started(life: Life): void
  ended(life: Life, end: NonNullable<Life['end']>): void
}

/** Every start and end of a process on any machine, with its time: what happened, whatever anybody reports. */
export class Ledger {
  readonly lives: Life[] = []
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #living = new Map<string, Set<Life>>()
  listener: LedgerListener | undefined

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  start(instanceId: string, node: string): void {
    const life: Life = { instanceId, node, startMs: this.#clock.monotonicMs() }
    this.listener?.started(life)
    this.lives.push(life)
    const living = this.#living.get(instanceId) ?? new Set()
    this.#living.set(instanceId, living.add(life))
  }

  ask(instanceId: string, node: string): void {
    const life = this.living(instanceId).find((each) => each.node === node)
    if (!life || life.isAsked) return
    life.isAsked = true
    this.listener?.asked(life)
  }

  end(instanceId: string, node: string, cause: EndCause, exitCode: number): void {
    const life = this.living(instanceId).find((each) => each.node === node)
    if (!life) return
    this.#living.get(instanceId)?.delete(life)
    life.end = { atMs: this.#clock.monotonicMs(), cause, exitCode }
    this.listener?.ended(life, life.end)
  }

  /** What lives of an instance now, on any machine. */
  living(instanceId: string): readonly Life[] {
    return [...(this.#living.get(instanceId) ?? [])]
  }

  livesOf(instanceId: string): readonly Life[] {
    return this.lives.filter((life) => life.instanceId === instanceId)
  }
}
