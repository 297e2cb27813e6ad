import type { Clock } from '@oakestra/base'
import type { Usage } from '@oakestra/model'
import type { CgroupSample, Cgroups } from './cgroups.ts'
import type { Snapshots } from './snapshots.ts'

// containerd walks the whole writable layer to answer: once a minute is enough for a number that moves slowly.
const DISK_PERIOD_MS = 60_000

interface Seen {
  readonly sample: CgroupSample
  readonly atMs: number
}

interface Disk {
  readonly bytes: number
  readonly atMs: number
}

export interface UsageMeterOptions {
  readonly cgroups: Cgroups
  readonly snapshots: Pick<Snapshots, 'diskBytes'>
  readonly clock: Clock
  readonly cpuCount: number
}

/** Turns counters into rates: processor use is measured from one question to the next, and 0 at the first. */
export class UsageMeter {
  readonly #options: UsageMeterOptions
  #seen = new Map<string, Seen>()
  #disks = new Map<string, Disk>()

  constructor(options: UsageMeterOptions) {
    this.#options = options
  }

  /** Use of everything that runs. */
  async measure(signal?: AbortSignal): Promise<ReadonlyMap<string, Usage>> {
    const { cgroups, clock } = this.#options
    const seen = new Map<string, Seen>()
    for (const id of await cgroups.list()) {
      const sample = await cgroups.sample(id)
      if (sample) seen.set(id, { sample, atMs: clock.monotonicMs() })
    }
    const usage = new Map<string, Usage>()
    const disks = new Map<string, Disk>()
    for (const [id, now] of seen) {
      const disk = await this.#disk(id, now.atMs, signal)
      disks.set(id, disk)
      usage.set(id, { cpuPercent: this.#cpuPercent(id, now), memoryBytes: now.sample.memoryBytes, diskBytes: disk.bytes })
    }
    this.#seen = seen
    this.#disks = disks
    return usage
  }

  #cpuPercent(id: string, now: Seen): number {
    const before = this.#seen.get(id)
    const elapsedNs = (now.atMs - (before?.atMs ?? now.atMs)) * 1e6
    const usedNs = now.sample.cpuNs - (before?.sample.cpuNs ?? 0)
    // A restarted container begins to count anew.
    if (elapsedNs <= 0 || usedNs < 0) return 0
    return (100 * usedNs) / elapsedNs / this.#options.cpuCount
  }

  async #disk(id: string, nowMs: number, signal?: AbortSignal): Promise<Disk> {
    const known = this.#disks.get(id)
    if (known && nowMs - known.atMs < DISK_PERIOD_MS) return known
    return { bytes: await this.#options.snapshots.diskBytes(id, signal), atMs: nowMs }
  }
}
