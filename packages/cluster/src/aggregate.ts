import type { ClusterFacts, Node } from '@oakestra/model'
import { type Candidate, paretoSlots } from '@oakestra/scheduler'
import type { Samples } from '@oakestra/wire'

// Enough kinds of room to answer "could one node take it?" exactly for ordinary clusters, few enough for one message.
const SLOTS_MAX = 64

export interface AggregateInput {
  readonly name: string
  readonly location: string
  readonly apiPort: number
  readonly asOfGeneration: number
  readonly nodes: readonly Node[]
  readonly candidates: readonly Candidate[]
  readonly samples: ReadonlyMap<string, Samples>
}

/** What root is told of a cluster: sums for people, slots for the scheduler. */
export function aggregate(input: AggregateInput): ClusterFacts {
  const active = new Set(input.candidates.filter((candidate) => candidate.active).map((candidate) => candidate.id))
  const nodes = input.nodes.filter((node) => active.has(node.id)).flatMap((node) => node.facts ?? [])
  const slots = input.candidates.filter((candidate) => candidate.active).flatMap((candidate) => candidate.slots)
  const samples = [...input.samples].filter(([nodeId]) => active.has(nodeId)).map(([, sample]) => sample)
  return {
    name: input.name,
    location: input.location,
    activeNodes: active.size,
    vcpusTotal: sum(nodes.map((node) => node.vcpus)),
    memoryTotalMiB: sum(nodes.map((node) => node.memoryMiB)),
    memoryFreeMiB: sum(slots.map((slot) => slot.memoryFreeMiB)),
    vgpusTotal: sum(nodes.map((node) => node.vgpus)),
    cpuPercent: mean(samples.map((sample) => sample.cpuPercent)),
    memoryPercent: mean(samples.map((sample) => sample.memoryPercent)),
    virtualizations: [...new Set(nodes.flatMap((node) => node.virtualizations))].sort(),
    slots: paretoSlots(slots, SLOTS_MAX),
    asOfGeneration: input.asOfGeneration,
    apiPort: input.apiPort,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Rounded to a tenth, so that a flicker is not a change. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.round((sum(values) / values.length) * 10) / 10
}
