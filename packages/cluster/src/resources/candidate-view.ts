import type { WireNode } from '@oakestra/wire'

/** A node in the words of upstream's resource abstractor. `reference/orchestration.md` 8.1. */
export type CandidateView = Readonly<Record<string, unknown>>

/** The canonical members, and what there is besides where it is asked for. */
export function candidateView(node: WireNode, more: ReadonlySet<string> = new Set()): CandidateView {
  const canonical = {
    _id: node.id,
    candidate_name: node.name,
    ip: node.address,
    port: '',
    active_nodes: 1,
    ...measured(node),
    ...abilities(node),
  }
  const besides = Object.entries(standing(node)).filter(([member]) => more.has(member))
  return { ...canonical, ...Object.fromEntries(besides) }
}

function measured({ facts, usage }: WireNode) {
  const cpu = usage?.cpuPercent ?? 0
  const memory = usage?.memoryPercent ?? 0
  return {
    cpu_percent: cpu,
    memory_percent: memory,
    vcpus: Math.round(facts?.vcpus ?? 0),
    memory: Math.round(facts?.memoryMiB ?? 0),
    vgpus: Math.round(facts?.vgpus ?? 0),
    gpu_percent: 0,
    gpu_temp: 0,
    vram: 0,
    vram_percent: 0,
    cpu_history: [],
    memory_history: [],
  }
}

function abilities({ facts }: WireNode) {
  return {
    virtualization: (facts?.virtualizations ?? []).map((word) => (word === 'container' ? 'docker' : word)),
    supported_addons: facts?.addons ?? [],
    csi_drivers: facts?.csiDrivers ?? [],
    gpu_drivers: [],
    candidate_location: facts?.location ? `${facts.location.lat},${facts.location.lon}` : '',
  }
}

function standing(node: WireNode) {
  return {
    active: node.connected,
    presence: node.presence ?? (node.connected ? 'here' : 'away'),
    cordoned: node.cordoned ?? false,
    draining: node.draining ?? false,
    labels: node.labels ?? [],
    instances: node.instances,
    last_modified_timestamp: (node.lastSeenAtMs ?? 0) / 1000,
  }
}
