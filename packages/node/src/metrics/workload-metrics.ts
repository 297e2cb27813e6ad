import type { MetricFamily } from '@oakestra/base'
import type { Samples } from '@oakestra/wire'

/** What runs on this machine uses. Instances are named by their ids: names of services are root's business. */
export function workloadMetrics(samples: Samples | undefined): readonly MetricFamily[] {
  const instances = Object.entries(samples?.instances ?? {})
  const family = (name: string, help: string, of: (usage: Samples['instances'][string]) => number): MetricFamily => ({
    name,
    help,
    kind: 'gauge',
    samples: instances.map(([instance, usage]) => ({ labels: { instance }, value: of(usage) })),
  })
  const machine = (name: string, help: string, value: number | undefined): MetricFamily => ({
    name,
    help,
    kind: 'gauge',
    samples: value === undefined ? [] : [{ labels: {}, value }],
  })
  return [
    machine('oak_machine_cpu_percent', 'Use of processor by this machine, 100 with every core busy.', samples?.cpuPercent),
    machine('oak_machine_memory_percent', 'Use of memory by this machine.', samples?.memoryPercent),
    family('oak_instance_cpu_percent', 'Use of processor by an instance, 100 with every core busy.', ({ cpuPercent }) => cpuPercent),
    family('oak_instance_memory_bytes', 'Memory of an instance.', ({ memoryBytes }) => memoryBytes),
    family('oak_instance_disk_bytes', 'What an instance has written to its own disk.', ({ diskBytes }) => diskBytes),
  ]
}
