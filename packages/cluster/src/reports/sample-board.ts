import { parseWire, type Samples, samplesSchema } from '@oakestra/wire'

/** The last measurements of each node that is here. In memory: they say nothing about what should be. */
export class SampleBoard {
  readonly #samples = new Map<string, Samples>()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** @throws OakError `bad-request` */
  take(nodeId: string, body: unknown): void {
    this.#samples.set(nodeId, parseWire(samplesSchema, body, 'samples'))
    this.#onChange()
  }

  forget(nodeId: string): void {
    this.#samples.delete(nodeId)
  }

  of(nodeId: string): Samples | undefined {
    return this.#samples.get(nodeId)
  }

  /** The measurements of all nodes as one. */
  summary(): Samples {
    const samples = [...this.#samples.values()]
    const mean = (of: (sample: Samples) => number) =>
      samples.length === 0 ? 0 : samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
    return {
      cpuPercent: mean((sample) => sample.cpuPercent),
      memoryPercent: mean((sample) => sample.memoryPercent),
      instances: Object.assign({}, ...samples.map((sample) => sample.instances)),
    }
  }
}
