import { parseWire, type Samples, samplesSchema } from '@oakestra/wire'

// Some 40 KB in one message; with more nodes the others are in the next one.
const NODES_AT_ONCE = 500

/** The last measurements of each node that is here. In memory: they say nothing about what should be. */
export class SampleBoard {
  readonly #samples = new Map<string, Samples>()
  /** Nodes of which the parent was not told yet, in the order in which they measured. */
  readonly #untold = new Set<string>()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** @throws OakError `bad-request` */
  take(nodeId: string, body: unknown): void {
    this.#samples.set(nodeId, parseWire(samplesSchema, body, 'samples'))
    this.#untold.add(nodeId)
    this.#onChange()
  }

  forget(nodeId: string): void {
    this.#samples.delete(nodeId)
    this.#untold.delete(nodeId)
  }

  of(nodeId: string): Samples | undefined {
    return this.#samples.get(nodeId)
  }

  /** The measurements of all nodes as one, and of each node that was in no summary since it measured. What is lost comes with its next. */
  takeSummary(): Samples {
    const samples = [...this.#samples.values()]
    const mean = (of: (sample: Samples) => number) =>
      samples.length === 0 ? 0 : samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
    return {
      cpuPercent: mean((sample) => sample.cpuPercent),
      memoryPercent: mean((sample) => sample.memoryPercent),
      instances: Object.assign({}, ...samples.map((sample) => sample.instances)),
      nodes: this.#takeNodes(),
    }
  }

  #takeNodes(): NonNullable<Samples['nodes']> {
    const told: Record<string, { readonly cpuPercent: number; readonly memoryPercent: number }> = {}
    for (const id of [...this.#untold].slice(0, NODES_AT_ONCE)) {
      this.#untold.delete(id)
      const sample = this.#samples.get(id)
      if (sample) told[id] = { cpuPercent: sample.cpuPercent, memoryPercent: sample.memoryPercent }
    }
    return told
  }
}
