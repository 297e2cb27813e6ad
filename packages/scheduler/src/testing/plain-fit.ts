import type { GeoArea, NetworkCoordinates, Slot } from '@oakestra/model'
import type { Candidate, Constraint, PlacementRequest } from '../placement.ts'

/**
 * Whether a request fits a candidate, said once more in plain words: what the fast forms are compared with.
 * Knows the names and places of `anyRequest` only.
 */
export function canTake(request: PlacementRequest, candidate: Candidate): boolean {
  const { ports = [], constraints, tier, avoid } = request
  const used = candidate.usedPorts ?? []
  const isFree = ports.every((port) => !used.some((other) => other.hostPort === port.hostPort && other.protocol === port.protocol))
  return (
    candidate.active &&
    !candidate.cordoned &&
    !avoid?.has(candidate.id) &&
    isFree &&
    constraints.every((constraint) => isMeant(constraint, candidate, tier)) &&
    candidate.slots.some((slot) => fitsSlot(request, slot, candidate))
  )
}

function isMeant(constraint: Constraint, candidate: Candidate, tier: PlacementRequest['tier']): boolean {
  switch (constraint.type) {
    case 'clusters':
      return tier === 'cluster' || constraint.allowed.includes(candidate.name)
    case 'direct': {
      const { cluster, nodes } = constraint
      if (tier === 'cluster') return nodes.length === 0 || nodes.includes(candidate.name)
      if (cluster !== undefined && cluster !== candidate.name) return false
      if (nodes.length === 0) return true
      return candidate.nodeNames ? nodes.some((node) => candidate.nodeNames?.includes(node)) : cluster !== undefined
    }
    case 'geo':
      return constraint.location !== 'nowhere' && kmToMunich(candidate) <= constraint.thresholdKm
    case 'latency':
      return constraint.area !== 'nothing' && constraint.area !== 'cache' && msTo(constraint.area, candidate) <= constraint.thresholdMs
    default:
      return true
  }
}

export function fitsSlot(request: PlacementRequest, slot: Slot, candidate: Candidate): boolean {
  const { resources, constraints, volumes = [], architectures, virtualization } = request
  const carried = [...(slot.labels ?? []), ...(candidate.labels ?? [])]
  return (
    slot.virtualizations.includes(virtualization) &&
    (architectures.length === 0 || architectures.includes(slot.architecture)) &&
    slot.vcpusTotal >= resources.vcpus &&
    slot.vcpusFree >= resources.vcpus &&
    slot.memoryFreeMiB >= resources.memoryMiB &&
    slot.vgpusFree >= resources.vgpus &&
    slot.storageFreeMiB >= resources.storageMiB &&
    constraints.every((rule) => rule.type !== 'labels' || rule.needs.every((label) => carried.includes(label))) &&
    constraints.every((rule) => rule.type !== 'addons' || rule.needs.every((word) => slot.addons?.includes(word))) &&
    volumes.every(({ csiDriver }) => csiDriver === 'csi.oakestra.io/hostpath' || slot.csiDrivers?.includes(csiDriver))
  )
}

function kmToMunich({ areas = [] }: Candidate): number {
  return Math.min(...areas.map((area) => Math.max(0, haversineKm(area, { lat: 48.14, lon: 11.58, radiusKm: 0 }) - area.radiusKm)))
}

function msTo(area: string, candidate: Candidate): number {
  const { coordinates } = candidate
  if (area === 'db' && coordinates && isSettled(coordinates)) return Math.hypot(...coordinates.position) + coordinates.heightMs + 1
  return 2 + (1.5 * kmToMunich(candidate)) / 100
}

function isSettled({ position, error }: NetworkCoordinates): boolean {
  return error <= 0.5 && position.length === 3
}

function haversineKm(a: GeoArea, b: GeoArea): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const [dLat, dLon] = [radians(b.lat - a.lat), radians(b.lon - a.lon)]
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(dLon / 2) ** 2
  return 2 * 6371.0088 * Math.asin(Math.sqrt(h))
}
