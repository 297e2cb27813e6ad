import type { ClusterFacts, GeoArea, NetworkCoordinates, Node, NodeFacts } from '@oakestra/model'
import { type Candidate, paretoSlots, parseGeoArea, summariseAreas } from '@oakestra/scheduler'
import type { Samples } from '@oakestra/wire'
import { type NodePresence, nodeStates } from './node-states.ts'

// Enough kinds of room to answer "could one node take it?" exactly for ordinary clusters, few enough for one message.
const SLOTS_MAX = 64
// A cluster is rarely in more places than these; more of them are drawn together.
const AREAS_MAX = 8
// Some 30 KB of names. A larger cluster is asked by sending it the instance: it answers for itself.
const NAMES_MAX = 500

export interface AggregateInput {
  readonly name: string
  readonly location: string
  readonly apiPort: number
  readonly asOfGeneration: number
  /** Without those that were removed. */
  readonly nodes: readonly Node[]
  readonly candidates: readonly Candidate[]
  readonly presence: NodePresence
  readonly samplesOf: (nodeId: string) => Samples | undefined
}

/** What root is told of a cluster: sums for people, slots and places for the scheduler. */
export function aggregate(input: AggregateInput): ClusterFacts {
  const active = new Set(input.candidates.filter((candidate) => candidate.active).map((candidate) => candidate.id))
  const facts = input.nodes.filter((node) => active.has(node.id)).flatMap((node) => node.facts ?? [])
  const open = input.candidates.filter((candidate) => candidate.active && !candidate.cordoned)
  const slots = open.flatMap((candidate) => candidate.slots)
  const samples = [...active].flatMap((nodeId) => input.samplesOf(nodeId) ?? [])
  const coordinates = meanCoordinates(facts)
  const states = nodeStates(input.nodes, input.presence)
  return {
    name: input.name,
    location: input.location,
    activeNodes: active.size,
    vcpusTotal: sum(facts.map((node) => node.vcpus)),
    memoryTotalMiB: sum(facts.map((node) => node.memoryMiB)),
    memoryFreeMiB: sum(slots.map((slot) => slot.memoryFreeMiB)),
    vgpusTotal: sum(facts.map((node) => node.vgpus)),
    cpuPercent: mean(samples.map((sample) => sample.cpuPercent)),
    memoryPercent: mean(samples.map((sample) => sample.memoryPercent)),
    virtualizations: [...new Set(facts.flatMap((node) => node.virtualizations))].sort(),
    slots: paretoSlots(slots, SLOTS_MAX),
    areas: areasOf(facts, input.location),
    ...(coordinates && { coordinates }),
    ...(input.nodes.length <= NAMES_MAX && { nodeNames: input.nodes.map(({ name }) => name).sort() }),
    ...(states && { nodeStates: states }),
    asOfGeneration: input.asOfGeneration,
    apiPort: input.apiPort,
  }
}

/** Nodes that do not say where they are share the place of their cluster. */
function areasOf(facts: readonly NodeFacts[], location: string): readonly GeoArea[] {
  const points = facts.flatMap((node) => node.location ?? [])
  const ofCluster = points.length < facts.length ? parseGeoArea(location) : undefined
  return [...summariseAreas(points, AREAS_MAX), ...(ofCluster ? [ofCluster] : [])]
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Rounded to a tenth, so that a flicker is not a change. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.round((sum(values) / values.length) * 10) / 10
}

/** The middle of the nodes that know where they are, among those of the most common number of dimensions: the first one's. */
function meanCoordinates(facts: readonly NodeFacts[]): NetworkCoordinates | undefined {
  const known = facts.flatMap(({ coordinates }) => coordinates ?? [])
  const dimensions = known[0]?.position.length
  if (dimensions === undefined) return undefined
  const alike = known.filter(({ position }) => position.length === dimensions)
  return {
    position: Array.from({ length: dimensions }, (_, index) => mean(alike.map(({ position }) => position[index] ?? 0))),
    heightMs: mean(alike.map(({ heightMs }) => heightMs)),
    error: Math.min(1, mean(alike.map(({ error }) => error))),
  }
}
