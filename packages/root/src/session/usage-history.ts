import type { Clock } from '@oakestra/base'
import type { InstanceUsage, Samples } from '@oakestra/wire'

// `reference/orchestration.md` 3.6: the newest 100.
const HISTORY_LENGTH = 100

type Point = InstanceUsage['cpuHistory'][number]

/** What an instance used when its cluster last told. */
export interface InstanceSample {
  readonly instanceId: string
  readonly cpuPercent: number
  readonly memoryBytes: number
  readonly timeMs: number
}

interface Track {
  atMs: number
  latest: Samples['instances'][string]
  readonly cpu: Point[]
  readonly memory: Point[]
}

/** Measurements of instances: in memory, for they say nothing about what should be. */
export class UsageHistory {
  readonly #clock: Clock
  readonly #tracks = new Map<string, Track>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(samples: Samples): void {
    const atMs = this.#clock.wallMs()
    for (const [instanceId, usage] of Object.entries(samples.instances)) {
      const track = this.#tracks.get(instanceId) ?? { latest: usage, atMs, cpu: [], memory: [] }
      track.latest = usage
      track.atMs = atMs
      push(track.cpu, { value: usage.cpuPercent, atMs })
      push(track.memory, { value: usage.memoryBytes, atMs })
      this.#tracks.set(instanceId, track)
    }
  }

  of(instanceId: string): InstanceUsage {
    const track = this.#tracks.get(instanceId)
    if (!track) return { cpuHistory: [], memoryHistory: [] }
    return { latest: track.latest, cpuHistory: track.cpu, memoryHistory: track.memory }
  }

  /** The newest of every instance that was told of after a time. */
  since(timeMs: number): readonly InstanceSample[] {
    const samples: InstanceSample[] = []
    for (const [instanceId, { atMs, latest }] of this.#tracks) {
      if (atMs > timeMs) samples.push({ instanceId, cpuPercent: latest.cpuPercent, memoryBytes: latest.memoryBytes, timeMs: atMs })
    }
    return samples
  }

  forget(instanceId: string): void {
    this.#tracks.delete(instanceId)
  }
}

function push(points: Point[], point: Point): void {
  points.push(point)
  if (points.length > HISTORY_LENGTH) points.shift()
}
