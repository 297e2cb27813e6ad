import type { Clock, Timer } from '@oakestra/base'
import type { OverlayWorld } from '@oakestra/model'

// Nodes measure themselves every few seconds; what is told more often than that is noise.
const LOOK_MS = 5_000
// A load within a step changes nobody's choice by much.
const STEP = 10

export interface LoadBookDeps {
  readonly world: OverlayWorld
  /** How busy a node is, in percent of it; `undefined` when nobody knows. */
  readonly measured: (nodeId: string) => number | undefined
  readonly clock: Clock
  /** Told of nodes whose load is another now. */
  readonly onChange: (nodeIds: readonly string[]) => void
}

/** Tells how busy nodes are, coarsely and seldom, and only of those with instances that are chosen by load. */
export class LoadBook implements Disposable {
  readonly #deps: LoadBookDeps
  readonly #told = new Set<string>()
  #timer: Timer | undefined

  constructor(deps: LoadBookDeps) {
    this.#deps = deps
    this.#schedule()
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
  }

  #schedule(): void {
    this.#timer = this.#deps.clock.after(LOOK_MS, () => {
      this.#look()
      this.#schedule()
    })
  }

  #look(): void {
    const { world, measured, onChange } = this.#deps
    const concerned = world.nodesChosenByLoad()
    const changed: string[] = []
    for (const nodeId of new Set([...this.#told, ...concerned])) {
      const isOwn = world.node(nodeId)?.childId !== undefined
      const before = world.loadOf(nodeId)
      const next = isOwn && concerned.has(nodeId) ? coarse(before, measured(nodeId)) : undefined
      if (next === undefined) this.#told.delete(nodeId)
      else this.#told.add(nodeId)
      if (next === before) continue
      world.putLoad(nodeId, next)
      changed.push(nodeId)
    }
    if (changed.length > 0) onChange(changed)
  }
}

/** The load to tell: what was told before, unless it is a step or more off. */
export function coarse(before: number | undefined, percent: number | undefined): number | undefined {
  if (percent === undefined) return before
  if (before !== undefined && Math.abs(percent - before) < STEP) return before
  return Math.min(100, Math.max(0, Math.round(percent / STEP) * STEP))
}
