import type { Candidate, PublishedPort } from '../placement.ts'
import type { CandidateFilter } from './filter.ts'

/** A host port belongs to one instance of a node. */
export const publishedPorts: CandidateFilter = {
  prepare({ ports = [] }) {
    if (ports.length === 0) return undefined
    return {
      freePorts: ports,
      passes: (candidate) => firstTaken(ports, candidate) === undefined,
      reason: (candidate) => `has ${takenPorts(ports, candidate).join(', ')} taken already`,
      summary: 'with a wanted host port taken',
    }
  },
}

function firstTaken(ports: readonly PublishedPort[], { usedPorts = [] }: Candidate): PublishedPort | undefined {
  if (usedPorts.length === 0) return undefined
  return ports.find((port) => usedPorts.some((used) => used.hostPort === port.hostPort && used.protocol === port.protocol))
}

function takenPorts(ports: readonly PublishedPort[], candidate: Candidate): string[] {
  return ports.filter((port) => firstTaken([port], candidate)).map(({ hostPort, protocol }) => `host port ${hostPort}/${protocol}`)
}
