import type { Api } from '@oakestra/api-client'
import type { Sample } from '../../live/samples.ts'

type Seen = Pick<Api.Instance, 'cpu_history' | 'memory_history'>

/** What root remembers of an instance, and what arrived since. Pure. */
export function usageOf(instance: Seen, live: readonly Sample[]): readonly Sample[] {
  const memory = new Map(instance.memory_history.map(({ timestamp, value }) => [timestamp, Number(value)]))
  const remembered = instance.cpu_history.map(({ timestamp, value }) => ({
    timeMs: Date.parse(timestamp),
    cpuPercent: Number(value),
    memoryBytes: memory.get(timestamp) ?? 0,
  }))
  const lastMs = remembered.at(-1)?.timeMs ?? 0
  return [...remembered, ...live.filter(({ timeMs }) => timeMs > lastMs)]
}
