import type { Cluster, ClusterFacts } from '@oakestra/model'
import { z } from 'zod'
import { epochSeconds, wholeNumber } from './formats.ts'
import { clusterVersion, versionSchema } from './version.ts'

const measured = z.number()
const history = z.array(z.object({ value: z.number(), timestamp: z.number() }))
const architectureSchema = z.object({ cpu_percent: measured, cpu_cores: z.int(), memory: measured, memory_in_mb: z.int() })

export const wireClusterSchema = z
  .object({
    _id: z.string(),
    candidate_name: z.string(),
    cluster_name: z.string(),
    candidate_location: z.string(),
    cluster_location: z.string(),
    ip: z.string(),
    port: z.string(),
    active: z.boolean(),
    presence: z
      .enum(['here', 'away', 'lost'])
      .describe('`away`: not connected, its instances are left to it; `lost`: they are given to others.'),
    cordoned: z.boolean().describe('It gets no new instances.'),
    removing: z.boolean().describe('It was removed, and some of its instances still wait for another place.'),
    labels: z.array(z.string()).describe('`key=value`, carried by all of its nodes.'),
    version: versionSchema,
    active_nodes: z.int(),
    last_modified_timestamp: z.number().describe('Epoch seconds, 0 for a cluster that never connected.'),
    cpu_percent: measured,
    aggregated_cpu_percent: measured,
    vcpus: z.int(),
    total_cpu_cores: z.int(),
    memory_percent: measured,
    aggregated_memory_percent: measured,
    memory: z.int().describe('Free MiB.'),
    memory_in_mb: z.int(),
    memory_total_in_mb: z.int(),
    vgpus: z.int(),
    total_gpu_cores: z.int(),
    gpu_percent: measured,
    total_gpu_percent: measured,
    gpu_temp: measured,
    gpu_drivers: z.array(z.string()),
    vram: z.int(),
    vram_percent: measured,
    virtualization: z.array(z.string()),
    supported_addons: z.array(z.string()),
    csi_drivers: z.array(z.string()),
    aggregation_per_architecture: z.record(z.string(), architectureSchema),
    cpu_history: history,
    memory_history: history,
  })
  .meta({ id: 'Cluster' })
export type WireCluster = z.infer<typeof wireClusterSchema>

/**
 * A cluster in upstream's words, old and new names side by side. `reference/orchestration.md` 3.6.
 * Without a presence it follows from the connection.
 */
export function toWireCluster(cluster: Cluster, connected: boolean, presence?: WireCluster['presence']): WireCluster {
  return {
    ...identity(cluster, connected),
    ...standing(cluster, presence ?? (connected ? 'here' : 'away')),
    version: clusterVersion(cluster),
    ...processors(cluster.facts),
    ...memory(cluster.facts),
    ...graphics(cluster.facts),
    ...abilities(cluster.facts),
  }
}

function identity(cluster: Cluster, connected: boolean) {
  const { name, location, facts } = cluster
  return {
    _id: cluster.id,
    candidate_name: name,
    cluster_name: name,
    candidate_location: location,
    cluster_location: location,
    ip: cluster.address ?? '',
    port: facts ? String(facts.apiPort) : '',
    active: connected,
    active_nodes: wholeNumber(facts?.activeNodes ?? 0),
    last_modified_timestamp: epochSeconds(cluster.lastSeenAtMs ?? 0),
  }
}

/** What operators decided, and what follows from silence. */
function standing({ cordoned, removing, labels }: Cluster, presence: WireCluster['presence']) {
  return { presence, cordoned: cordoned ?? false, removing: removing ?? false, labels: [...(labels ?? [])] }
}

function processors(facts: ClusterFacts | undefined) {
  const percent = facts?.cpuPercent ?? 0
  const cores = wholeNumber(facts?.vcpusTotal ?? 0)
  return { cpu_percent: percent, aggregated_cpu_percent: percent, vcpus: cores, total_cpu_cores: cores, cpu_history: [] }
}

function memory(facts: ClusterFacts | undefined) {
  const percent = facts?.memoryPercent ?? 0
  const free = wholeNumber(facts?.memoryFreeMiB ?? 0)
  return {
    memory_percent: percent,
    aggregated_memory_percent: percent,
    memory: free,
    memory_in_mb: free,
    memory_total_in_mb: wholeNumber(facts?.memoryTotalMiB ?? 0),
    memory_history: [],
  }
}

function graphics(facts: ClusterFacts | undefined) {
  const gpus = wholeNumber(facts?.vgpusTotal ?? 0)
  return {
    vgpus: gpus,
    total_gpu_cores: gpus,
    gpu_percent: 0,
    total_gpu_percent: 0,
    gpu_temp: 0,
    gpu_drivers: [],
    vram: 0,
    vram_percent: 0,
  }
}

function abilities(facts: ClusterFacts | undefined) {
  const words = (facts?.virtualizations ?? []).map((word) => (word === 'container' ? 'docker' : word))
  return {
    virtualization: [...new Set(words)],
    supported_addons: distinct(facts, 'addons'),
    csi_drivers: distinct(facts, 'csiDrivers'),
    aggregation_per_architecture: perArchitecture(facts),
  }
}

function distinct(facts: ClusterFacts | undefined, what: 'addons' | 'csiDrivers'): string[] {
  return [...new Set((facts?.slots ?? []).flatMap((slot) => slot[what] ?? []))]
}

/** The largest slots of each architecture: no sum, for only one node can take an instance. */
function perArchitecture(facts: ClusterFacts | undefined): WireCluster['aggregation_per_architecture'] {
  const groups: WireCluster['aggregation_per_architecture'] = {}
  for (const slot of facts?.slots ?? []) {
    const known = Object.hasOwn(groups, slot.architecture) ? groups[slot.architecture] : undefined
    const free = Math.max(known?.memory_in_mb ?? 0, wholeNumber(slot.memoryFreeMiB))
    groups[slot.architecture] = {
      cpu_percent: facts?.cpuPercent ?? 0,
      cpu_cores: Math.max(known?.cpu_cores ?? 0, wholeNumber(slot.vcpusTotal)),
      memory: facts?.memoryPercent ?? 0,
      memory_in_mb: free,
    }
  }
  return groups
}
