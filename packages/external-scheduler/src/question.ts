import { type Candidate, type PlacementRequest, type PolicyName, rankCandidates } from '@oakestra/scheduler'

/** Candidates in one question: more make a choice slower than it is worth. */
const CANDIDATES_MAX = 1000

/** Characters of all candidates in one question: clusters with many kinds of room are long. */
const CANDIDATES_LENGTH_MAX = 4 * 1024 * 1024

/** What is asked, ready to be sent, and which answers are possible. */
export interface Question {
  readonly body: string
  readonly candidateIds: ReadonlySet<string>
}

/**
 * Writes down a question in the words of `docs/external-scheduler.md`: only candidates that pass every filter, those that
 * the policy likes best first. Of the instance it tells nothing that could be a secret: no environment, command or image.
 */
export function questionOf(request: PlacementRequest, candidates: readonly Candidate[], policy: PolicyName): Question {
  const candidateIds = new Set<string>()
  const texts: string[] = []
  let length = 0
  for (const candidate of rankCandidates(request, candidates, policy, CANDIDATES_MAX)) {
    const text = JSON.stringify(publicWords(describedCandidate(candidate)))
    length += text.length
    if (length > CANDIDATES_LENGTH_MAX) break
    candidateIds.add(candidate.id)
    texts.push(text)
  }
  const head = JSON.stringify({ version: 1, policy, request: publicWords(describedRequest(request)) })
  return { body: `${head.slice(0, -1)},"candidates":[${texts.join(',')}]}`, candidateIds }
}

function describedRequest(request: PlacementRequest) {
  const { tier, instanceId, jobName, virtualization, architectures, resources, constraints, ports = [], volumes = [] } = request
  const { vcpus, memoryMiB, vgpus, storageMiB } = resources
  return {
    tier,
    instanceId,
    jobName,
    virtualization,
    architectures,
    resources: { vcpus, memoryMiB, vgpus, storageMiB },
    ports: ports.map(({ hostPort, containerPort, protocol }) => ({ hostPort, containerPort, protocol })),
    volumes: volumes.map(({ csiDriver }) => ({ csiDriver })),
    constraints,
  }
}

function describedCandidate({ id, name, slots, labels = [], areas = [], coordinates, peers = 0 }: Candidate) {
  // Why something does not work elsewhere is no matter of a choice among what does.
  return { id, name, labels, areas, coordinates, peers, slots: slots.map(({ faults: _faults, ...slot }) => slot) }
}

/** Names of fields as on every interface of ours that others program against: `memoryFreeMiB` is `memory_free_mib`. */
function publicWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(publicWords)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [publicWord(key), publicWords(member)]))
}

function publicWord(key: string): string {
  return key.replace('MiB', 'Mib').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
